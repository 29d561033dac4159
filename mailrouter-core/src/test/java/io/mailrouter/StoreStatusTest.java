package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.email.Email;
import io.mailrouter.health.StoreStatus;
import io.mailrouter.suppression.CanonicalAddress;
import io.mailrouter.suppression.Suppression;
import io.mailrouter.suppression.SuppressionList;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class StoreStatusTest {

    private static final StoreStatus KEYS = new StoreStatus(StoreStatus.Store.IDEMPOTENCY, true);
    private static final StoreStatus LIST = new StoreStatus(StoreStatus.Store.SUPPRESSION, true);

    private final ScriptedProvider provider = new ScriptedProvider("only");
    private final AtomicBoolean listIsAway = new AtomicBoolean();

    private static Email email() {
        return Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .text("hello")
                .idempotencyKey("order-1")
                .build();
    }

    private static StoreStatus away(StoreStatus status) {
        return new StoreStatus(status.store(), false);
    }

    @Test
    void aServiceWithoutStoresHasNone() {
        try (EmailService emails = EmailService.builder().provider(provider).build()) {
            assertThat(emails.stores()).isEmpty();
        }
    }

    @Test
    void saysOfEachStoreWhetherItAnsweredWhenItWasLastAsked() {
        ScriptedStore keys = new ScriptedStore();
        SuppressionList list = new SometimesAway();
        try (EmailService emails = EmailService.builder()
                .provider(provider)
                .idempotency(keys)
                .suppression(list, use -> use.lookUpTime(Duration.ofSeconds(10)))
                .build()) {
            assertThat(emails.stores()).containsExactly(KEYS, LIST);

            keys.everyBegin = ScriptedStore.FAIL;
            keys.everySettle = (ticket, settlement) -> {
                throw new IllegalStateException("away");
            };
            emails.send(email());
            assertThat(emails.stores()).containsExactly(away(KEYS), LIST);

            keys.everyBegin = ScriptedStore.NOTHING;
            keys.everySettle = (ticket, settlement) -> {};
            listIsAway.set(true);
            emails.send(email().toBuilder().idempotencyKey("order-2").build());
            assertThat(emails.stores()).containsExactly(KEYS, away(LIST));
        }
    }

    private final class SometimesAway implements SuppressionList {

        @Override
        public Map<CanonicalAddress, Suppression> lookUp(Set<CanonicalAddress> addresses, Duration within) {
            if (listIsAway.get()) {
                throw new IllegalStateException("away");
            }
            return Map.of();
        }

        @Override
        public void add(CanonicalAddress address, Suppression suppression) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean remove(CanonicalAddress address) {
            return false;
        }

        @Override
        public void close() {}
    }
}
