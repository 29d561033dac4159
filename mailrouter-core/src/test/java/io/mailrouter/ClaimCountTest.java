package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.email.Email;
import io.mailrouter.idempotency.InMemoryIdempotencyStore;
import io.mailrouter.provider.Outcome;
import org.junit.jupiter.api.Test;

class ClaimCountTest {

    private static final Outcome REFUSED = new Outcome.Misconfigured("not_verified", "", Outcome.Scope.REQUEST);

    private static Email email(String key) {
        return keyless().toBuilder().idempotencyKey(key).build();
    }

    private static Email keyless() {
        return Email.builder()
                .from("no-reply@example.com")
                .to("ada@example.org")
                .subject("s")
                .text("t")
                .build();
    }

    @Test
    void aTrailTellsHowOftenItsKeyWasGranted() {
        ScriptedProvider provider = new ScriptedProvider("p").next(REFUSED, REFUSED);
        try (EmailService emails = EmailService.builder()
                .provider(provider)
                .idempotency(InMemoryIdempotencyStore.create())
                .build()) {
            assertThat(emails.trySend(email("k")).trail().claims()).isEqualTo(1);
            assertThat(emails.trySend(email("k")).trail().claims()).isEqualTo(2);
            assertThat(emails.trySend(email("other")).trail().claims()).isEqualTo(1);
        }
    }

    @Test
    void whereNothingIsGrantedNothingIsCounted() {
        try (EmailService emails = EmailService.builder()
                .provider(new ScriptedProvider("p"))
                .idempotency(InMemoryIdempotencyStore.create())
                .build()) {
            emails.trySend(email("k"));

            assertThat(emails.trySend(email("k")).trail().claims()).isZero();
            assertThat(emails.trySend(keyless()).trail().claims()).isZero();
        }
    }
}
