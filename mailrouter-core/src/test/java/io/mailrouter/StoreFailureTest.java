package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.mailrouter.email.Ambiguity;
import io.mailrouter.email.Email;
import io.mailrouter.email.StoreFailure;
import io.mailrouter.event.EmailEvent;
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
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

@Timeout(180)
class StoreFailureTest {

    private final ScriptedProvider provider = new ScriptedProvider("first");
    private final FaultyStore store = new FaultyStore();
    private Duration storeTime = Duration.ofSeconds(10);
    private final List<String> claims = new CopyOnWriteArrayList<>();
    private final List<EmailService> services = new ArrayList<>();

    @AfterEach
    void close() {
        store.mend();
        services.forEach(EmailService::close);
    }

    /** Keeps keys in memory, and throws or hangs on command. */
    private static final class FaultyStore implements IdempotencyStore {

        final InMemoryIdempotencyStore inner = InMemoryIdempotencyStore.create();
        final AtomicInteger settled = new AtomicInteger();
        final AtomicInteger closed = new AtomicInteger();
        final CountDownLatch end = new CountDownLatch(1);
        volatile boolean throwing;
        volatile boolean unreachable;
        volatile boolean hanging;
        volatile boolean settlesOnly;
        volatile boolean failsAfterBusy;

        void mend() {
            unreachable = false;
            throwing = false;
            hanging = false;
            end.countDown();
        }

        private void fail() {
            if (throwing) {
                throw new IllegalStateException("canary-store-text");
            }
            if (hanging) {
                boolean interrupted = false;
                while (end.getCount() > 0) {
                    try {
                        end.await();
                    } catch (InterruptedException deaf) {
                        interrupted = true;
                    }
                }
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }

        @Override
        public Claim begin(Ticket ticket, Duration within) {
            if (!settlesOnly) {
                fail();
            }
            Claim claim = inner.begin(ticket, within);
            throwing |= failsAfterBusy && claim instanceof Claim.Busy;
            return claim;
        }

        @Override
        public Claim retake(Ticket ticket, String owner, Duration within) {
            fail();
            return inner.retake(ticket, owner, within);
        }

        @Override
        public boolean renew(Ticket ticket, Duration within) {
            fail();
            return inner.renew(ticket, within);
        }

        @Override
        public boolean settle(Ticket ticket, Settlement settlement, Duration within) {
            fail();
            settled.incrementAndGet();
            return inner.settle(ticket, settlement, within);
        }

        @Override
        public boolean isReachable() {
            return !unreachable;
        }

        @Override
        public void close() {
            closed.incrementAndGet();
        }
    }

    private EmailService service(StoreFailure policy) {
        EmailService service = EmailService.builder()
                .provider(provider)
                .idempotency(
                        store,
                        use -> use.onStoreFailure(policy).storeTime(storeTime).lease(Duration.ofSeconds(1)))
                .listener(event -> {
                    if (event instanceof EmailEvent.KeyClaimed claim) {
                        claims.add(claim.result());
                    }
                })
                .build();
        services.add(service);
        return service;
    }

    private static Email email(String key) {
        return Email.builder()
                .from("canary-from@example.com")
                .to("canary-to@example.org")
                .text("canary-text")
                .idempotencyKey(key)
                .build();
    }

    private Claim known(String key) {
        Email email = email(key);
        return store.inner.begin(
                new Ticket(Digest.ofKey(key), Fingerprint.of(email), "asker", Duration.ofSeconds(1)), Duration.ZERO);
    }

    @Test
    void sendsWithoutTheStoreAndSaysSo() {
        store.throwing = true;

        SendResult result = service(StoreFailure.SEND).trySend(email("k1"));

        assertThat(result).isInstanceOf(SendResult.Accepted.class);
        assertThat(result.trail().notes()).containsExactly(Note.UNPROTECTED);
        await().untilAsserted(() -> assertThat(claims).containsExactly("unavailable"));
    }

    @Test
    void remembersItsOwnSendsWhileTheStoreIsAway() {
        EmailService emails = service(StoreFailure.SEND);
        emails.trySend(email("before"));
        store.throwing = true;
        emails.trySend(email("during"));

        assertThat(emails.trySend(email("before")).trail().isRepeated()).isTrue();
        assertThat(emails.trySend(email("during")).trail().isRepeated()).isTrue();
        assertThat(provider.attempts).hasSize(2);
    }

    @Test
    void writesDownWhatWasSentWithoutTheStoreOnceItIsBack() {
        store.throwing = true;
        service(StoreFailure.SEND).trySend(email("k1"));
        assertThat(store.settled).hasValue(0);

        store.throwing = false;

        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(known("k1")).isInstanceOf(Claim.Settled.class));
        assertThat(service(StoreFailure.SEND).trySend(email("k1")).trail().isRepeated())
                .isTrue();
        assertThat(provider.attempts).hasSize(1);
    }

    @Test
    void writesDownLaterWhatCouldNotBeSettledAtOnce() {
        store.settlesOnly = true;
        store.throwing = true;
        assertThat(service(StoreFailure.SEND).trySend(email("k1"))).isInstanceOf(SendResult.Accepted.class);

        store.throwing = false;

        await().atMost(Duration.ofSeconds(60)).until(() -> store.settled.get() == 1);
        assertThat(known("k1")).isInstanceOf(Claim.Settled.class);
    }

    @Test
    void neverSendsWhatItKnowsToBeInFlightWhenTheStoreFailsMeanwhile() {
        Email email = email("k1");
        store.inner.begin(ticket("other-node", email), Duration.ZERO);
        store.failsAfterBusy = true;

        SendResult result = service(StoreFailure.SEND)
                .trySend(email.toBuilder().deadline(Duration.ofSeconds(2)).build());

        assertThat(result)
                .isInstanceOfSatisfying(
                        SendResult.NotSent.class,
                        notSent -> assertThat(notSent.code()).isEqualTo("in_flight_elsewhere"));
        assertThat(provider.attempts).isEmpty();
    }

    @Test
    void neverSendsWhatItKnowsToBeAmbiguousWhenItCannotTakeTheKeyOver() {
        Email email = email("k1");
        Ticket other = ticket("other-node", email);
        store.inner.begin(other, Duration.ZERO);
        store.inner.settle(other, Settlement.of(KeyState.AMBIGUOUS, "elsewhere", "", "no_answer"), Duration.ZERO);
        store.settlesOnly = true;
        store.throwing = true;

        SendResult result = service(StoreFailure.SEND)
                .trySend(email.toBuilder().onAmbiguity(Ambiguity.RESEND_OTHER).build());

        assertThat(result)
                .isInstanceOfSatisfying(
                        SendResult.Unknown.class,
                        unknown -> assertThat(unknown.code()).isEqualTo("no_answer"));
        assertThat(provider.attempts).isEmpty();
    }

    private static Ticket ticket(String owner, Email email) {
        return new Ticket(Digest.ofKey(email.idempotencyKey()), Fingerprint.of(email), owner, Duration.ofMinutes(5));
    }

    @Test
    void holdsTheEmailWhereTheServiceSaysSoAndLeavesNoClaimBehind() {
        store.throwing = true;
        EmailService emails = service(StoreFailure.HOLD);

        SendResult.NotSent result = (SendResult.NotSent) emails.trySend(email("k1"));

        assertThat(result.code()).isEqualTo("idempotency_store_unavailable");
        assertThat(result.reason()).isEqualTo("the idempotency store threw IllegalStateException");
        assertThat(result.retryAt()).isPresent();
        assertThat(provider.attempts).isEmpty();
        store.throwing = false;
        assertThat(emails.trySend(email("k1"))).isInstanceOf(SendResult.Accepted.class);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aStoreThatKnowsItselfToBeAwayIsNotAskedAndNothingIsTakenBack(boolean asked) {
        store.throwing = asked;
        store.unreachable = !asked;
        EmailService emails = service(StoreFailure.HOLD);
        SendResult.NotSent result = (SendResult.NotSent) emails.trySend(email("k1"));
        store.mend();

        emails.close();

        assertThat(result.reason())
                .isEqualTo(
                        asked ? "the idempotency store threw IllegalStateException" : "the idempotency store is away");
        assertThat(store.settled).hasValue(asked ? 1 : 0);
    }

    @Test
    void whatTheEmailItselfSaysComesBeforeWhatTheServiceSays() {
        store.throwing = true;
        Email held = email("k1").toBuilder().onStoreFailure(StoreFailure.HOLD).build();
        Email sent = email("k2").toBuilder().onStoreFailure(StoreFailure.SEND).build();

        assertThat(service(StoreFailure.SEND).trySend(held)).isInstanceOf(SendResult.NotSent.class);
        assertThat(service(StoreFailure.HOLD).trySend(sent)).isInstanceOf(SendResult.Accepted.class);
        assertThat(held.toBuilder().build().storeFailure()).contains(StoreFailure.HOLD);
        assertThat(email("k3").storeFailure()).isEmpty();
        assertThat(provider.attempts).hasSize(1);
    }

    @Test
    @DisplayName("T2 a store that hangs costs one budget, and a hundred of its calls hold few threads")
    void aHangCostsOneBudget() {
        store.hanging = true;
        storeTime = Duration.ofMillis(100);
        EmailService emails = service(StoreFailure.SEND);
        for (int i = 0; i < 40; i++) {
            long start = System.nanoTime();
            assertThat(emails.trySend(email("k" + i))).isInstanceOf(SendResult.Accepted.class);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
        }

        assertThat(provider.attempts).hasSize(40);
        assertThat(Thread.getAllStackTraces().keySet().stream()
                        .filter(thread -> thread.getName().startsWith("mailrouter-store-"))
                        .count())
                .isLessThanOrEqualTo(StoreCalls.AT_ONCE + 1L);
    }

    @Test
    void writesDownAtCloseWhatIsLeft() {
        store.settlesOnly = true;
        store.throwing = true;
        EmailService emails = service(StoreFailure.SEND);
        emails.trySend(email("k1"));
        store.throwing = false;

        emails.close();
        emails.close();

        assertThat(known("k1")).isInstanceOf(Claim.Settled.class);
        assertThat(store.closed).as("the service closes its store").hasValue(1);
        await().until(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().equals("mailrouter-keys")));
    }

    @Test
    @DisplayName("C11 no key, address or foreign text is in a log, an event or a result")
    void tellsNothingPersonal() {
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        Logger root = (Logger) LoggerFactory.getLogger("io.mailrouter");
        Level before = root.getLevel();
        log.start();
        root.addAppender(log);
        root.setLevel(Level.TRACE);
        try {
            store.throwing = true;
            SendResult sent = service(StoreFailure.SEND).trySend(email("canary-key"));
            SendResult held = service(StoreFailure.HOLD).trySend(email("canary-key"));

            assertThat(log.list).isNotEmpty();
            assertThat(log.list.toString() + sent + held + claims + store.inner).doesNotContain("canary");
            assertThat(log.list)
                    .allSatisfy(line -> assertThat(line.getThrowableProxy()).isNull());
        } finally {
            root.setLevel(before);
            root.detachAppender(log);
        }
    }

    @Test
    void refusesSettingsOutOfTheirRange() {
        IdempotencySettings settings = new IdempotencySettings();
        assertThatThrownBy(() -> settings.lease(Duration.ofMillis(99)))
                .hasMessage("idempotency lease is PT0.099S: 100 ms to 1 day is needed");
        assertThatThrownBy(() -> settings.storeTime(Duration.ZERO))
                .hasMessageStartingWith("idempotency storeTime is PT0S:");
        assertThatThrownBy(() -> new SuppressionSettings().lookUpTime(Duration.ZERO))
                .hasMessageStartingWith("suppression lookUpTime is PT0S:");
        assertThat(settings.leaseFor(Duration.ofSeconds(30))).isEqualTo(Duration.ofSeconds(40));
        assertThat(settings.storeTime()).isEqualTo(Duration.ofMillis(50));
        assertThat(settings.onStoreFailure()).isEqualTo(StoreFailure.SEND);
    }
}
