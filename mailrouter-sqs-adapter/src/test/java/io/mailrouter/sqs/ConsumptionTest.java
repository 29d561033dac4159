package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.SendResult;
import io.mailrouter.Trail;
import io.mailrouter.email.Email;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import io.mailrouter.sqs.message.EmailMessages;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a run survives that no queue and no provider can be made to do over the wire. */
@Execution(ExecutionMode.CONCURRENT)
class ConsumptionTest {

    private static final Duration LONG = Duration.ofSeconds(90);

    private final FakeQueue queue = new FakeQueue();
    private final Queue<QueueEvent> events = new ConcurrentLinkedQueue<>();
    private final Queue<String> asked = new ConcurrentLinkedQueue<>();
    private final Queue<String> fatal = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean noneUsable = new AtomicBoolean();
    private final AtomicInteger bound = new AtomicInteger(Integer.MAX_VALUE);
    private final AtomicBoolean statesFail = new AtomicBoolean();
    private final AtomicInteger clockFailures = new AtomicInteger();
    private final AtomicInteger boundFailures = new AtomicInteger();
    private @Nullable Waiting waiting;
    private Consumption run;

    @AfterEach
    void stop() {
        run.stop();
    }

    private void start(Sending sending, UnaryOperator<SqsEmailConsumerBuilder> change) {
        Availability availability = new Availability() {
            @Override
            public boolean noneUsable() {
                if (statesFail.get()) {
                    throw new LinkageError("made up");
                }
                return noneUsable.get();
            }

            @Override
            public boolean worthATry() {
                return true;
            }

            @Override
            public int takenWithin(Duration time) {
                if (boundFailures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                    throw new LinkageError("made up");
                }
                return bound.get();
            }

            @Override
            public Optional<Duration> nextReturn() {
                return Optional.empty();
            }
        };
        Surroundings around = new Surroundings(this::now, System::nanoTime, new Random(1));
        run = new Consumption(new Consumption.Parts(
                queue,
                ConsumerSettingsTest.settings(b -> change.apply(b.onRejected(Handling.DELETE)
                        .onUnknown(Handling.DELETE)
                        .onMalformed(Handling.DELETE)
                        .concurrency(1)
                        .prefetch(0)
                        .waitTime(Duration.ofSeconds(1)))),
                around,
                EmailMessages.upTo(10_000),
                email -> {
                    asked.add(email.subject());
                    return sending.trySend(email);
                },
                availability,
                null,
                QueueFacts.unknown("fake"),
                List.of(events::add),
                Tracing.none(),
                waiting,
                null,
                SqsThreads::new,
                Deliveries::threads,
                fatal::add));
        run.start();
    }

    private Instant now() {
        if (clockFailures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            throw new LinkageError("made up");
        }
        return Instant.now();
    }

    private static Trail trail(Outcome... outcomes) {
        List<Attempt> attempts = Arrays.stream(outcomes)
                .map(outcome -> new Attempt("p", 1, outcome, Duration.ZERO))
                .toList();
        return new Trail("mr1", attempts, List.of(), Duration.ZERO);
    }

    private static SendResult accepted(Email email) {
        return new SendResult.Accepted("p", "m", trail(new Outcome.Accepted("m")));
    }

    private static SendResult down() {
        Outcome refused = new Outcome.Unavailable("refused", "");
        return new SendResult.NotSent("refused", "", Optional.empty(), trail(refused));
    }

    private static SendResult answer(String word) {
        Outcome outcome = new Outcome.Rejected("http_400", "");
        return switch (word) {
            case "rejected" -> new SendResult.Rejected("p", "http_400", "", trail(outcome));
            case "partly" -> new SendResult.PartlyAccepted("p", "m", List.of(), trail(outcome));
            case "unknown" -> new SendResult.Unknown("p", "timeout", "", trail(new Outcome.Unknown("timeout", "")));
            case "expired" -> new SendResult.Expired(Instant.EPOCH, trail());
            default -> throw new IllegalArgumentException(word);
        };
    }

    private long paused() {
        return events.stream().filter(QueueEvent.Paused.class::isInstance).count();
    }

    @Test
    void whatWasAcceptedIsDeletedEvenWhenTheProvidersStatesCannotBeRead() {
        statesFail.set(true);
        queue.fill("a", "b", "c");

        start(ConsumptionTest::accepted, b -> b);

        await().atMost(LONG).until(() -> queue.deleted().size() == 3);
        assertThat(asked).containsExactly("a", "b", "c");
        assertThat(queue.returned()).isEmpty();
    }

    @Test
    void anErrorWhileDeletingIsTriedAgainAndTheDeleteGoesOn() {
        AtomicInteger failures = new AtomicInteger(3);
        queue.beforeDelete = () -> {
            if (failures.getAndDecrement() > 0) {
                throw new LinkageError("made up");
            }
        };
        queue.fill("a", "b");

        start(ConsumptionTest::accepted, b -> b);

        await().atMost(LONG).until(() -> queue.deleted().size() == 2);
        assertThat(queue.returned()).isEmpty();
        await().atMost(LONG).until(() -> run.stats().owned() == 0);
    }

    @Test
    void anErrorWhileGivingBackEndsNoThreadAndKeepsNoPermit() {
        AtomicInteger failures = new AtomicInteger(2);
        queue.beforeChange = () -> {
            if (failures.getAndDecrement() > 0) {
                throw new LinkageError("made up");
            }
        };
        queue.fill("a", "b");

        start(
                email -> {
                    throw new UnsupportedOperationException("made up");
                },
                b -> b);

        await().atMost(LONG).until(() -> queue.returned().equals(List.of("b")));
        await().atMost(LONG).until(() -> run.stats().owned() == 0);
        assertThat(events).anyMatch(event -> event.equals(new QueueEvent.LeaseLost("fake", "a")));
        assertThat(run.stats().returned()).isEqualTo(1);
    }

    @Test
    void anErrorOfAJvmOutOfMemoryIsToldWhereverItIsMet() {
        queue.beforeDelete = () -> {
            throw new OutOfMemoryError("made up");
        };
        queue.fill("a");

        start(ConsumptionTest::accepted, b -> b);

        await().atMost(LONG).until(() -> !fatal.isEmpty());
        assertThat(run.hasFailed()).isTrue();
        queue.beforeDelete = () -> {};
        await().atMost(LONG).until(() -> queue.deleted().size() == 1);
    }

    @Test
    void aMessageThatCannotBeHandedOnLeaksNoPermitAndTheRestOfItsBatchIsSent() {
        clockFailures.set(1);
        queue.fill("a", "b", "c");

        start(ConsumptionTest::accepted, b -> b.prefetch(2));

        await().atMost(LONG).until(() -> queue.deleted().size() == 2);
        queue.fill("d", "e", "f");
        await().atMost(LONG).until(() -> queue.deleted().size() == 5);
        assertThat(asked).doesNotContain("a").hasSize(5);
    }

    @Test
    void aProbeThatCannotBeHandedOnIsFollowedByAnother() {
        noneUsable.set(true);
        AtomicBoolean up = new AtomicBoolean();
        queue.fill("a");
        start(
                email -> {
                    if (up.get()) {
                        return accepted(email);
                    }
                    return down();
                },
                b -> b.probeEvery(Duration.ofMillis(100)));
        await().atMost(LONG).until(() -> paused() == 1 && run.stats().owned() == 0);

        clockFailures.set(1);
        up.set(true);
        queue.fill("lost", "probe");

        await().atMost(LONG).until(() -> queue.deleted().contains("probe"));
        assertThat(asked).doesNotContain("lost");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rejected", "partly", "unknown"})
    void aProbeThatAProviderAnsweredEndsThePauseWhenOneIsUsable(String word) {
        noneUsable.set(true);
        start(
                email -> switch (email.subject()) {
                    case "first" -> down();
                    case "still-down", "probe" -> answer(word);
                    default -> accepted(email);
                },
                b -> b.probeEvery(Duration.ofMillis(100)));
        queue.fill("first");
        await().atMost(LONG).until(() -> run.stats().paused());

        queue.fill("still-down");
        await().atMost(LONG).until(() -> queue.deleted().contains("still-down"));
        assertThat(run.stats().paused()).isTrue();
        noneUsable.set(false);
        queue.fill("probe");

        await().atMost(LONG).until(() -> !run.stats().paused());
        assertThat(asked).containsExactly("first", "still-down", "probe");
    }

    @Test
    void aProbeThatShowsNothingIsFollowedByTheNextAtOnce() {
        noneUsable.set(true);
        start(
                email -> switch (email.subject()) {
                    case "first" -> down();
                    case "stale" -> answer("expired");
                    default -> accepted(email);
                },
                b -> b.probeEvery(Duration.ofSeconds(6)));
        queue.fill("first");
        await().atMost(LONG).until(() -> run.stats().paused());
        long begin = System.nanoTime();

        queue.fill("stale");
        queue.fillJunk("junk");
        queue.fill("good");

        await().atMost(LONG).until(() -> queue.deleted().contains("good"));
        // One interval before the first of them, and none between them.
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofMillis(11_500));
        assertThat(queue.deleted()).containsExactly("stale", "junk", "good");
        assertThat(run.stats().paused()).isFalse();
    }

    @Test
    void aProbeThatFailsBeforeItsPollIsFollowedByAnother() {
        waiting = time -> {};
        noneUsable.set(true);
        start(
                email -> email.subject().equals("first") ? down() : accepted(email),
                b -> b.probeEvery(Duration.ofMillis(100)));
        queue.fill("first");
        await().atMost(LONG).until(() -> run.stats().paused() && run.stats().owned() == 0);

        boundFailures.set(1);
        await().atMost(LONG).until(() -> boundFailures.get() == 0);
        queue.fill("probe");

        await().atMost(LONG).until(() -> queue.deleted().contains("probe"));
    }

    @Test
    void aProbeThatGoesBackBehindAnotherOfItsGroupIsFollowedByAnother() {
        CountDownLatch slow = new CountDownLatch(1);
        AtomicInteger polls = new AtomicInteger();
        queue.name = "fake.fifo";
        queue.afterReceive = polls::incrementAndGet;
        noneUsable.set(true);
        start(
                email -> switch (email.subject()) {
                    case "slow" -> {
                        Patience.await(LONG, left -> slow.await(left.toNanos(), TimeUnit.NANOSECONDS));
                        yield down();
                    }
                    case "first" -> down();
                    default -> accepted(email);
                },
                b -> b.concurrency(3).prefetch(3).probeEvery(Duration.ofMillis(100)));
        queue.fillGroup("g", "slow");
        await().atMost(LONG).until(() -> asked.contains("slow"));
        queue.fillGroup("h", "first");
        await().atMost(LONG).until(() -> paused() == 1 && run.stats().owned() == 1);
        // The first may have begun before the pause, and what it brought would go back at once.
        int before = polls.get();
        await().atMost(LONG).until(() -> polls.get() >= before + 2);
        queue.fillGroup("g", "probe");
        await().atMost(LONG).until(() -> run.stats().owned() == 2);

        slow.countDown();
        await().atMost(LONG).until(() -> run.stats().owned() == 0);
        queue.fillGroup("i", "good");

        await().atMost(LONG).until(() -> queue.deleted().contains("good"));
    }

    @Test
    void aDefectWhileADefectIsDecidedAboutKeepsNoPermit() {
        start(
                email -> {
                    if (email.subject().equals("a")) {
                        clockFailures.set(2);
                        return down();
                    }
                    return accepted(email);
                },
                b -> b);
        queue.fill("a");
        await().atMost(LONG).until(() -> asked.contains("a") && run.stats().owned() == 0);

        queue.fill("b");

        await().atMost(LONG).until(() -> queue.deleted().contains("b"));
        assertThat(queue.deleted()).doesNotContain("a");
    }
}
