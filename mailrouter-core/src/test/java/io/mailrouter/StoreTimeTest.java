package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.mailrouter.email.Ambiguity;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.email.StoreFailure;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.idempotency.Fingerprint;
import io.mailrouter.idempotency.KeyState;
import io.mailrouter.idempotency.Settlement;
import io.mailrouter.idempotency.Ticket;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.Outcome;
import io.mailrouter.route.Routing;
import io.mailrouter.suppression.CanonicalAddress;
import io.mailrouter.suppression.Suppression;
import io.mailrouter.suppression.SuppressionList;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What stores take of a send's time, and that no thread to be had costs nothing but that send. */
@Timeout(60)
class StoreTimeTest {

    /** What the last record may take past the deadline. */
    private static final Duration PAST = Duration.ofMillis(100);

    private final VirtualTime time = new VirtualTime();
    private final ScriptedProvider provider = new ScriptedProvider("first");
    private final ScriptedStore store = new ScriptedStore();
    private final Suppressed list = new Suppressed();

    private static EmailBuilder email() {
        return Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .text("hello")
                .idempotencyKey("k");
    }

    /** Uses up all the time that it is given, and fails or answers then. */
    private final class Suppressed implements SuppressionList {

        volatile boolean fails;
        volatile boolean honoursBudget = true;
        final List<Duration> budgets = new ArrayList<>();
        final CountDownLatch end = new CountDownLatch(1);

        @Override
        public Map<CanonicalAddress, Suppression> lookUp(Set<CanonicalAddress> addresses, Duration within) {
            budgets.add(within);
            if (!honoursBudget) {
                await();
            }
            time.pass(within);
            if (fails) {
                throw new IllegalStateException("away");
            }
            return addresses.contains(CanonicalAddress.of("eve@example.org"))
                    ? Map.of(
                            CanonicalAddress.of("eve@example.org"),
                            Suppression.forGood(Suppression.Reason.MANUAL, Instant.EPOCH))
                    : Map.of();
        }

        private void await() {
            try {
                end.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void add(CanonicalAddress address, Suppression suppression) {}

        @Override
        public boolean remove(CanonicalAddress address) {
            return false;
        }

        @Override
        public boolean honoursBudget() {
            return honoursBudget;
        }

        @Override
        public void close() {}
    }

    private EmailServiceBuilder slow(Duration deadline) {
        provider.script = (email, context) -> {
            time.pass(context.remaining());
            return new Outcome.Unknown("timeout", "");
        };
        store.everyBegin = (ticket, within) -> time.pass(within);
        return EmailService.builder()
                .routing(Routing.inOrder())
                .time(time.time())
                .provider(provider)
                .deadline(deadline)
                .closeTimeout(Duration.ofMillis(1))
                .idempotency(store, use -> use.storeTime(Duration.ofHours(1)).lease(Duration.ofDays(1)))
                .suppression(list, use -> use.lookUpTime(Duration.ofHours(1)));
    }

    @ParameterizedTest
    @ValueSource(longs = {100, 1_000, 30_000})
    @DisplayName(
            "T2 stores that use up all they are given: the send ends at its deadline, and the provider has the most")
    void storesTakeNothingBeyondTheDeadline(long millis) {
        Duration deadline = Duration.ofMillis(millis);
        try (EmailService emails = slow(deadline).build()) {
            long start = time.time().nanos();
            SendResult result = emails.trySend(email().cc("eve@example.org").build());

            assertThat(result).isInstanceOf(SendResult.Unknown.class);
            assertThat(time.time().since(start)).isLessThanOrEqualTo(deadline.plus(PAST));
            assertThat(result.trail().attempts().get(0).elapsed()).isGreaterThanOrEqualTo(deadline.dividedBy(2));
        }
    }

    @Test
    void theEndOfASendTellsTheTimeAtStoresToo() {
        List<EmailEvent> events = new CopyOnWriteArrayList<>();
        try (EmailService emails = slow(Duration.ofSeconds(8))
                .listener(events::add)
                .closeTimeout(Duration.ofSeconds(30))
                .build()) {
            emails.trySend(email().build());
        }

        assertThat(events)
                .filteredOn(EmailEvent.SendEnded.class::isInstance)
                .singleElement()
                .isInstanceOfSatisfying(
                        EmailEvent.SendEnded.class,
                        ended -> assertThat(ended.elapsed()).isGreaterThanOrEqualTo(Duration.ofSeconds(8)));
    }

    @ParameterizedTest
    @EnumSource(StoreFailure.class)
    @DisplayName("T2 a list that fails after all its time leaves the deadline where it is")
    void aListThatFailsTakesNothingBeyondTheDeadline(StoreFailure policy) {
        list.fails = true;
        Duration deadline = Duration.ofSeconds(2);
        EmailServiceBuilder builder = slow(deadline);
        builder.suppression(list, use -> use.onListFailure(policy));
        try (EmailService emails = builder.build()) {
            long start = time.time().nanos();
            emails.trySend(email().build());

            assertThat(time.time().since(start)).isLessThanOrEqualTo(deadline.plus(PAST));
        }
    }

    @Test
    @DisplayName("T2 an email's own deadline bounds a key that is taken over, too")
    void takingOverStaysWithinTheEmailsDeadline() {
        Email email = email().onAmbiguity(Ambiguity.RESEND_OTHER)
                .deadline(Duration.ofMillis(400))
                .build();
        Ticket other = new Ticket(Digest.ofKey("k"), Fingerprint.of(email), "other", Duration.ofHours(1));
        store.inner.begin(other, Duration.ZERO);
        store.inner.settle(other, Settlement.of(KeyState.AMBIGUOUS, "elsewhere", "", "timeout"), Duration.ZERO);
        try (EmailService emails = slow(Duration.ofSeconds(30)).build()) {
            long start = time.time().nanos();
            emails.trySend(email);

            assertThat(provider.attempts).hasSize(1);
            assertThat(time.time().since(start))
                    .isLessThanOrEqualTo(Duration.ofMillis(400).plus(PAST));
            assertThat(store.budgets).hasSize(2).allMatch(within -> within.compareTo(Duration.ofMillis(100)) <= 0);
        }
    }

    @Test
    @DisplayName("T2 by the clock on the wall: a list that hangs costs no more than a quarter of the deadline")
    void aListThatHangsTakesAQuarter() {
        list.honoursBudget = false;
        EmailServiceBuilder builder = EmailService.builder()
                .routing(Routing.inOrder())
                .provider(provider)
                .deadline(Duration.ofSeconds(6))
                .closeTimeout(Duration.ofMillis(1))
                .suppression(list, use -> use.lookUpTime(Duration.ofHours(1)));
        try (EmailService emails = builder.build()) {
            SendResult result = emails.trySend(email().build());

            assertThat(result.trail().notes()).containsExactly(Note.UNCHECKED);
            assertThat(provider.attempts.get(0).remaining())
                    .as("the attempt ends with the send")
                    .isLessThan(Duration.ofMillis(4_500));
            assertThat(list.budgets).containsExactly(Duration.ofMillis(1_500));
        } finally {
            list.end.countDown();
        }
    }

    @Test
    @DisplayName("P25 no thread can be had for a store: the email goes on without it, and nothing is held for ever")
    void noThreadForAStore() {
        try (ScarceThreads threads = new ScarceThreads()) {
            StoreCalls calls = new StoreCalls(threads.executor);
            for (int i = 0; i < 2 * StoreCalls.AT_ONCE; i++) {
                assertThat(unavailable(calls)).isEqualTo("was not asked: no thread was free");
            }
        }
    }

    private static String unavailable(StoreCalls calls) {
        try {
            calls.call(false, Duration.ofSeconds(1), () -> "answer");
            return "answered";
        } catch (StoreUnavailableException e) {
            return String.valueOf(e.getMessage());
        } catch (OutOfMemoryError e) {
            return "escaped"; // JUnit would end the whole run.
        }
    }

    @Test
    @DisplayName(
            "P25 no thread can be had for a send that nobody waits for: refused, and the service still closes at once")
    void noThreadForASend() {
        provider.capabilities = Capabilities.builder().honoursDeadline().build();
        try (ScarceThreads threads = new ScarceThreads()) {
            EmailService emails = EmailService.builder()
                    .provider(provider)
                    .executor(threads.executor)
                    .closeTimeout(Duration.ofSeconds(30))
                    .build();
            List<Email> two = List.of(email().build(), email().build());

            assertThat(catchThrowable(() -> emails.sendAsync(two.get(0))))
                    .isInstanceOf(RejectedExecutionException.class);
            assertThat(emails.sendAll(two)).allMatch(SendResult.Accepted.class::isInstance);
            long start = System.nanoTime();
            emails.close();

            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
        }
    }

    /** An executor that finds no thread, as a JVM does that may start no more. */
    private static final class ScarceThreads implements AutoCloseable {

        final ExecutorService executor =
                new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>()) {
                    @Override
                    public void execute(Runnable task) {
                        throw new OutOfMemoryError("unable to create native thread");
                    }
                };

        @Override
        public void close() {
            executor.shutdown();
        }
    }
}
