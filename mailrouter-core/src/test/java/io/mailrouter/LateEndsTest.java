package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.email.Email;
import io.mailrouter.health.StoreStatus;
import io.mailrouter.idempotency.Claim;
import io.mailrouter.idempotency.Fingerprint;
import io.mailrouter.idempotency.IdempotencyStore;
import io.mailrouter.idempotency.InMemoryIdempotencyStore;
import io.mailrouter.idempotency.KeyState;
import io.mailrouter.idempotency.Settlement;
import io.mailrouter.idempotency.Ticket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Ends that nobody waits for: written while the caller goes on, later where that fails, and at close. */
@Timeout(180)
class LateEndsTest {

    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Settlement SENT = Settlement.of(KeyState.SENT, "only", "m", "accepted");
    private static final Settlement UNCLEAR = Settlement.of(KeyState.AMBIGUOUS, "only", "", "no_answer");
    private static final Settlement NOT_SENT = Settlement.of(KeyState.NOT_SENT, "", "", "not_sent");

    private final ScriptedProvider provider = new ScriptedProvider("only");
    private final UnhurriedStore store = new UnhurriedStore();
    private final List<EmailService> services = new ArrayList<>();
    private Duration storeTime = Duration.ofSeconds(10);

    @AfterEach
    void close() {
        store.writes.forEach(write -> write.end.complete(true));
        services.forEach(EmailService::close);
    }

    /** Writes down without making the caller wait, when it is told to. */
    private static final class UnhurriedStore implements IdempotencyStore {

        final InMemoryIdempotencyStore inner = InMemoryIdempotencyStore.create();
        final List<Write> writes = new CopyOnWriteArrayList<>();
        final List<Settlement> writtenLater = new CopyOnWriteArrayList<>();

        private record Write(Ticket ticket, Settlement settlement, CompletableFuture<Boolean> end) {}

        @Override
        public Claim begin(Ticket ticket, Duration within) {
            return inner.begin(ticket, within);
        }

        @Override
        public Claim retake(Ticket ticket, String owner, Duration within) {
            return inner.retake(ticket, owner, within);
        }

        @Override
        public boolean renew(Ticket ticket, Duration within) {
            return inner.renew(ticket, within);
        }

        @Override
        public boolean settle(Ticket ticket, Settlement settlement, Duration within) {
            writtenLater.add(settlement);
            return inner.settle(ticket, settlement, within);
        }

        @Override
        public CompletionStage<Boolean> settleAsync(Ticket ticket, Settlement settlement, Duration within) {
            Write write = new Write(ticket, settlement, new CompletableFuture<>());
            writes.add(write);
            return write.end.thenApply(answers -> answers && inner.settle(ticket, settlement, within));
        }

        @Override
        public boolean honoursBudget() {
            return true;
        }

        @Override
        public void close() {}
    }

    private EmailService service() {
        EmailService service = EmailService.builder()
                .provider(provider)
                .idempotency(store, use -> use.storeTime(storeTime).lease(Duration.ofSeconds(1)))
                .closeTimeout(Duration.ofSeconds(1))
                .build();
        services.add(service);
        return service;
    }

    private static Email email(String key) {
        return Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .text("hello")
                .idempotencyKey(key)
                .build();
    }

    private static Ticket ticket(String owner, String key) {
        return new Ticket(Digest.ofKey(key), Fingerprint.of(email(key)), owner, Duration.ofMinutes(5));
    }

    private Claim known(String key) {
        return store.inner.begin(ticket("asker", key), Duration.ZERO);
    }

    private static boolean isUp(EmailService emails) {
        return emails.stores().stream().allMatch(StoreStatus::up);
    }

    @Test
    void aSendReturnsBeforeItsEndIsWrittenDown() {
        assertThat(service().trySend(email("k"))).isInstanceOf(SendResult.Accepted.class);

        assertThat(known("k")).isInstanceOf(Claim.Busy.class);
        store.writes.get(0).end.complete(true);
        assertThat(known("k")).isInstanceOf(Claim.Settled.class);
        assertThat(store.writtenLater).isEmpty();
    }

    @Test
    void anEndThatFailsIsWrittenSoon() {
        EmailService emails = service();
        emails.trySend(email("k"));

        store.writes.get(0).end.completeExceptionally(new IllegalStateException("away"));

        assertThat(isUp(emails)).isFalse();
        await().atMost(LONG).untilAsserted(() -> assertThat(known("k")).isInstanceOf(Claim.Settled.class));
        assertThat(isUp(emails)).isTrue();
    }

    @Test
    void anEndThatIsNotAnsweredInTimeIsWrittenSoon() {
        storeTime = Duration.ofMillis(50);
        EmailService emails = service();

        emails.trySend(email("k"));

        await().atMost(LONG).untilAsserted(() -> assertThat(known("k")).isInstanceOf(Claim.Settled.class));
        assertThat(store.writes.get(0).end).isNotDone();
    }

    @Test
    void aNullForAnEndIsAFailure() {
        service().trySend(email("k"));

        store.writes.get(0).end.complete(nothing());

        await().atMost(LONG).untilAsserted(() -> assertThat(known("k")).isInstanceOf(Claim.Settled.class));
    }

    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
    private static <T> T nothing() {
        return null;
    }

    @Test
    void closingWritesDownWhatIsUnderWay() {
        EmailService emails = service();
        emails.trySend(email("k"));
        Thread closing = new Thread(emails::close);
        closing.start();
        await().atMost(LONG).until(() -> closing.getState() == Thread.State.TIMED_WAITING);

        store.writes.get(0).end.completeExceptionally(new IllegalStateException("away"));

        await().atMost(LONG).until(() -> !closing.isAlive());
        assertThat(known("k")).isInstanceOf(Claim.Settled.class);
    }

    @Test
    void closingDoesNotWaitForEverForWhatIsUnderWay() {
        storeTime = Duration.ofMillis(50);
        EmailService emails = service();
        for (int i = 0; i < 20; i++) {
            emails.trySend(email("k" + i));
        }
        long start = System.nanoTime();

        emails.close();

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
    }

    private KeyKeeper keeper(Duration lease) {
        StoreCalls calls = new StoreCalls(Executors.newSingleThreadExecutor());
        return new KeyKeeper(new GuardedStore(store, calls), List.of(), lease, storeTime, Time.system());
    }

    @Test
    void anOlderEndThatFailsIsNotWrittenOverANewerOne() {
        KeyKeeper keeper = keeper(Duration.ofSeconds(1));
        Ticket ticket = ticket("me", "k");
        keeper.settle(ticket, UNCLEAR, storeTime);
        keeper.settle(ticket, NOT_SENT, storeTime);
        store.writes.get(1).end.complete(true);

        store.writes.get(0).end.completeExceptionally(new IllegalStateException("away"));
        keeper.close();

        assertThat(store.writtenLater).isEmpty();
        assertThat(known("k")).isInstanceOf(Claim.Granted.class);
    }

    @Test
    void anOlderEndThatFailsIsNotWrittenOverANewerOneThatWaits() {
        KeyKeeper keeper = keeper(Duration.ofSeconds(1));
        Ticket ticket = ticket("me", "k");
        keeper.settle(ticket("me", "other"), SENT, storeTime);
        keeper.settle(ticket, UNCLEAR, storeTime);
        store.writes.get(0).end.completeExceptionally(new IllegalStateException("away"));
        keeper.settle(ticket, SENT, storeTime);

        store.writes.get(1).end.completeExceptionally(new IllegalStateException("away"));
        keeper.close();

        assertThat(store.writtenLater).containsExactlyInAnyOrder(SENT, SENT);
    }

    @Test
    void soManyEndsAreUnderWayAndTheRestIsWrittenSoon() {
        KeyKeeper keeper = keeper(Duration.ofSeconds(1));
        for (int i = 0; i < 600; i++) {
            keeper.settle(ticket("me", "k" + i), SENT, storeTime);
        }

        assertThat(store.writes).hasSize(500);
        store.writes.forEach(write -> write.end.complete(true));
        keeper.close();
        assertThat(store.writtenLater).hasSize(100);
    }
}
