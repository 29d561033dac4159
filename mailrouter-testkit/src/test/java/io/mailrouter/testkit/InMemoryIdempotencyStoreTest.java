package io.mailrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mailrouter.idempotency.Claim;
import io.mailrouter.idempotency.IdempotencyStore;
import io.mailrouter.idempotency.InMemoryIdempotencyStore;
import io.mailrouter.idempotency.KeyState;
import io.mailrouter.idempotency.Settlement;
import io.mailrouter.idempotency.Ticket;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class InMemoryIdempotencyStoreTest extends IdempotencyStoreContract {

    private static final Settlement SENT = Settlement.of(KeyState.SENT, "ses", "m-1", "accepted");

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);

    @Override
    protected IdempotencyStore store() {
        return InMemoryIdempotencyStore.builder().nanoTime(nanos::get).build();
    }

    @Override
    protected void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    private static Ticket ticket(String key) {
        return new Ticket(key, "print", "owner-" + key, Duration.ofSeconds(10));
    }

    private static Claim again(IdempotencyStore store, String key) {
        return store.begin(new Ticket(key, "print", "again", Duration.ofSeconds(10)), Duration.ZERO);
    }

    private IdempotencyStore storeOf(int entries) {
        return InMemoryIdempotencyStore.builder()
                .maxEntries(entries)
                .ttl(Duration.ofHours(1))
                .nanoTime(nanos::get)
                .build();
    }

    private static void sent(IdempotencyStore store, String key) {
        store.begin(ticket(key), Duration.ZERO);
        store.settle(ticket(key), SENT, Duration.ZERO);
    }

    @Test
    void forgetsWhatWasSettledFirstWhenItIsFull() {
        IdempotencyStore store = storeOf(3);
        store.begin(ticket("flying"), Duration.ZERO);
        sent(store, "first");
        sent(store, "second");

        sent(store, "third");

        assertThat(again(store, "flying")).isInstanceOf(Claim.Busy.class);
        assertThat(again(store, "second")).isInstanceOf(Claim.Settled.class);
        assertThat(again(store, "third")).isInstanceOf(Claim.Settled.class);
        assertThat(again(store, "first")).isInstanceOf(Claim.Granted.class);
    }

    @Test
    @DisplayName("C5 a store full of keys in flight refuses clearly and forgets none of them")
    void refusesWhenFullOfKeysInFlight() {
        IdempotencyStore store = storeOf(2);
        store.begin(ticket("one"), Duration.ZERO);
        store.begin(ticket("two"), Duration.ZERO);

        assertThatThrownBy(() -> store.begin(ticket("three"), Duration.ZERO))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("store is full: 2 keys are in flight, raise maxEntries or send fewer at once");
        assertThat(again(store, "one")).isInstanceOf(Claim.Busy.class);

        pass(Duration.ofSeconds(11));
        assertThat(store.begin(ticket("three"), Duration.ZERO))
                .as("leases have ended, so there is something to forget")
                .isInstanceOf(Claim.Granted.class);
    }

    @Test
    void forgetsWhatIsSettledAfterItsTime() {
        IdempotencyStore store = storeOf(10);
        sent(store, "key");

        pass(Duration.ofMinutes(59));
        assertThat(again(store, "key")).isInstanceOf(Claim.Settled.class);
        pass(Duration.ofMinutes(2));
        assertThat(again(store, "key")).isInstanceOf(Claim.Granted.class);
    }

    @Test
    void keepsWhatIsSettledForFourteenDaysByDefault() {
        IdempotencyStore store = store();
        sent(store, "key");

        pass(Duration.ofDays(14).minusSeconds(1));
        assertThat(again(store, "key")).isInstanceOf(Claim.Settled.class);
        pass(Duration.ofSeconds(2));
        assertThat(again(store, "key")).isInstanceOf(Claim.Granted.class);
    }

    @Test
    void refusesBoundsOutOfTheirRange() {
        assertThatThrownBy(() -> InMemoryIdempotencyStore.builder().maxEntries(0))
                .hasMessage("maxEntries is 0: 1 to 10000000 is needed");
        assertThatThrownBy(() -> InMemoryIdempotencyStore.builder().ttl(Duration.ZERO))
                .hasMessage("ttl is PT0S: 1 ms to 366 days is needed");
    }
}
