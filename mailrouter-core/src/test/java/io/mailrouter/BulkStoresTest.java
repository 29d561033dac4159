package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.email.Email;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.idempotency.InMemoryIdempotencyStore;
import io.mailrouter.provider.BulkEmailProvider;
import io.mailrouter.provider.Outcome;
import io.mailrouter.suppression.CanonicalAddress;
import io.mailrouter.suppression.InMemorySuppressionList;
import io.mailrouter.suppression.Suppression;
import io.mailrouter.suppression.SuppressionList;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BulkStoresTest {

    private final ScriptedBulkProvider provider = new ScriptedBulkProvider("many");
    private final SuppressionList suppressed = InMemorySuppressionList.create();
    private final List<EmailEvent> events = new CopyOnWriteArrayList<>();
    private final EmailService emails = EmailService.builder()
            .provider(provider)
            .idempotency(InMemoryIdempotencyStore.create())
            .suppression(suppressed)
            .listener(events::add)
            .build();

    BulkStoresTest() {
        provider.most = 10;
    }

    @AfterEach
    void close() {
        emails.close();
    }

    private static Email email(int i) {
        return Email.builder()
                .from("shop@example.com")
                .to("u" + i + "@example.org")
                .text("hello")
                .idempotencyKey("key-" + i)
                .build();
    }

    private static List<Email> emails(int count) {
        return IntStream.range(0, count).mapToObj(BulkStoresTest::email).toList();
    }

    private List<SendResult> sendAll(List<Email> list) {
        return emails.sendAll(list, Bulk.ALLOWED);
    }

    @Test
    void whatWasSentUnderItsKeyDoesNotTravelAgain() {
        emails.send(email(1));
        List<SendResult> first = sendAll(emails(3));
        List<SendResult> second = sendAll(emails(3));

        assertThat(first).allMatch(SendResult.Accepted.class::isInstance);
        assertThat(first).extracting(r -> r.trail().isRepeated()).containsExactly(false, true, false);
        assertThat(second)
                .allMatch(SendResult.Accepted.class::isInstance)
                .allMatch(r -> r.trail().isRepeated());
        assertThat(provider.requests).hasSize(1);
        assertThat(provider.requests.get(0))
                .extracting(BulkEmailProvider.Entry::email)
                .extracting(Email::idempotencyKey)
                .containsExactly("key-0", "key-2");
    }

    @Test
    @DisplayName("X9 one key twice in a list is sent once, and both get the result")
    void oneKeyTwiceIsSentOnce() {
        List<SendResult> results = sendAll(List.of(email(0), email(1), email(0)));

        assertThat(results).allMatch(SendResult.Accepted.class::isInstance);
        assertThat(((SendResult.Accepted) results.get(2)).messageId())
                .isEqualTo(((SendResult.Accepted) results.get(0)).messageId());
        assertThat(provider.requests).hasSize(1);
        assertThat(provider.single.attempts).isEmpty();
    }

    @Test
    void eachKeyIsSettledByItsOwnEntry() {
        provider.each(email -> switch (email.idempotencyKey()) {
            case "key-0" -> new Outcome.Accepted("m");
            case "key-1" -> new Outcome.Unknown("timeout", "");
            case "key-2" -> new Outcome.Rejected("bad", "");
            default -> new Outcome.Unavailable("down", "");
        });
        sendAll(emails(4));
        provider.each(email -> new Outcome.Accepted("again"));

        List<SendResult> results = sendAll(emails(4));

        assertThat(results).extracting(SendResult::word).containsExactly("accepted", "unknown", "rejected", "accepted");
        assertThat(results).extracting(r -> r.trail().isRepeated()).containsExactly(true, true, true, false);
        assertThat(provider.requests).hasSize(1);
        assertThat(provider.single.attempts).hasSize(1);
    }

    @Test
    void aSuppressedRecipientDoesNotTravel() {
        suppressed.add(
                CanonicalAddress.of("u1@example.org"),
                Suppression.forGood(Suppression.Reason.COMPLAINT, Instant.EPOCH));

        List<SendResult> results = sendAll(emails(3));

        assertThat(results).extracting(SendResult::word).containsExactly("accepted", "suppressed", "accepted");
        assertThat(provider.requests.get(0)).hasSize(2);
        emails.close();
        assertThat(events.stream().filter(EmailEvent.SendEnded.class::isInstance))
                .hasSize(3);
    }
}
