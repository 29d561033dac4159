package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.email.Ambiguity;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.email.Feature;
import io.mailrouter.health.HealthState;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.EmailProvider;
import io.mailrouter.provider.Outcome;
import io.mailrouter.route.Routing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How long a send may take, whatever its providers and the wall clock do. */
class DeadlineTest {

    private static final Outcome REFUSED = new Outcome.Unavailable("connection_refused", "");

    private final VirtualTime time = new VirtualTime();

    private static EmailBuilder email() {
        return Email.builder().from("shop@example.com").to("ada@example.org").text("hello");
    }

    private static ScriptedProvider hanging(String name) {
        ScriptedProvider hanging = new ScriptedProvider(name);
        hanging.capabilities = Capabilities.builder().build();
        hanging.script = (email, context) -> {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return new Outcome.Unknown("interrupted", "");
        };
        return hanging;
    }

    private static EmailServiceBuilder allHang() {
        return EmailService.builder()
                .routing(Routing.inOrder())
                .provider(hanging("a"))
                .provider(hanging("b"))
                .provider(hanging("c"))
                .deadline(Duration.ofMillis(2_400))
                .closeTimeout(Duration.ofMillis(1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"STOP", "RESEND_SAME", "RESEND_OTHER"})
    @DisplayName("T2 providers that hang: the send ends at its deadline, whatever the policy")
    void endsAtTheDeadline(Ambiguity ambiguity) {
        try (EmailService emails = allHang().build()) {
            emails.trySend(email().deadline(Duration.ofMillis(1)).build()); // Loads the classes.
            long start = System.nanoTime();
            SendResult result = emails.trySend(email().onAmbiguity(ambiguity).build());
            Duration took = Duration.ofNanos(System.nanoTime() - start);

            System.out.println("T2 " + ambiguity + ": " + took.toMillis() + " ms of a deadline of 2400 ms, "
                    + result.trail().attempts().size() + " attempts");
            assertThat(result).isInstanceOf(SendResult.Unknown.class);
            // On a machine that stalls, an attempt that could not end in time any more does not begin: the send ends
            // sooner.
            int all = ambiguity == Ambiguity.RESEND_OTHER ? 3 : 1;
            int attempts = result.trail().attempts().size();
            assertThat(attempts).isBetween(1, all);
            assertThat(took).isBetween(Duration.ofMillis(attempts == all ? 2_400 : 1), Duration.ofSeconds(10));
        }
    }

    @Test
    @DisplayName(
            "T2 by an exact clock: attempts that use up all they are given end with the deadline, to the nanosecond")
    void theSharesAddUpToTheDeadline() {
        Random random = new Random(20260101);
        for (int round = 0; round < 200; round++) {
            Duration deadline = Duration.ofNanos(1_000_000 + random.nextLong(60_000_000_000L));
            EmailServiceBuilder builder = EmailService.builder()
                    .routing(Routing.inOrder())
                    .time(time.time())
                    .random(random)
                    .deadline(deadline)
                    .maxAttempts(1 + random.nextInt(5))
                    .onAmbiguity(Ambiguity.values()[random.nextInt(3)]);
            for (int i = 0; i <= random.nextInt(5); i++) {
                Outcome end = random.nextBoolean() ? REFUSED : new Outcome.Unknown("timeout", "");
                builder.provider(usingUpItsTime("p" + i, random.nextBoolean(), random.nextInt(101), end));
            }
            try (EmailService emails = builder.build()) {
                SendResult result = emails.trySend(email().build());

                assertThat(result.trail().elapsed())
                        .as("seed 20260101, round %d: %s", round, result.trail().summary())
                        .isLessThanOrEqualTo(deadline);
            }
        }
    }

    private ScriptedProvider usingUpItsTime(String name, boolean recognising, int percent, Outcome end) {
        ScriptedProvider provider = new ScriptedProvider(name);
        Capabilities.Builder capabilities =
                Capabilities.builder().features(Feature.values()).honoursDeadline();
        provider.capabilities = recognising
                ? capabilities.idempotencyWindow(Duration.ofHours(1)).build()
                : capabilities.build();
        provider.script = (email, context) -> {
            time.pass(context.remaining().multipliedBy(percent).dividedBy(100));
            return end;
        };
        return provider;
    }

    @Test
    void theServiceTellsItsDeadline() {
        EmailServiceBuilder builder = EmailService.builder().provider(new ScriptedProvider("a"));

        try (EmailService byDefault = builder.build()) {
            assertThat(byDefault.deadline()).isEqualTo(Duration.ofSeconds(30));
        }
        try (EmailService emails = builder.deadline(Duration.ofSeconds(7)).build()) {
            assertThat(emails.deadline()).isEqualTo(Duration.ofSeconds(7));
        }
    }

    @Test
    @DisplayName("T2 a provider's own limit cuts its attempt, and the rest of the time is there for the next")
    void aProvidersLimitCutsItsAttempt() {
        ScriptedProvider standby = new ScriptedProvider("standby");
        try (EmailService emails = EmailService.builder()
                .routing(Routing.inOrder())
                .provider(hanging("a"), p -> p.timeout(Duration.ofMillis(50)))
                .provider(standby)
                .deadline(Duration.ofSeconds(20))
                .closeTimeout(Duration.ofMillis(1))
                .build()) {
            SendResult.Accepted accepted =
                    emails.send(email().onAmbiguity(Ambiguity.RESEND_OTHER).build());

            assertThat(accepted.trail().attempts().get(0).elapsed())
                    .isBetween(Duration.ofMillis(50), Duration.ofSeconds(5));
            assertThat(standby.attempts).hasSize(1);
        }
    }

    @Test
    @DisplayName("T2 time is shared among the attempts that a send may make, not among all providers")
    void sharesAmongTheAttemptsThatMayBeMade() {
        ScriptedProvider first = new ScriptedProvider("a");
        try (EmailService emails = EmailService.builder()
                .routing(Routing.inOrder())
                .time(time.time())
                .provider(first)
                .provider(new ScriptedProvider("b"))
                .provider(new ScriptedProvider("c"))
                .maxAttempts(2)
                .deadline(Duration.ofSeconds(30))
                .build()) {
            emails.send(email().onAmbiguity(Ambiguity.RESEND_OTHER).build());

            assertThat(first.attempts.get(0).remaining()).isEqualTo(Duration.ofSeconds(15));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("P25 no thread can be had for an attempt: it never begins, and the email is not sent")
    void noThreadCanBeHad(boolean outOfMemory) {
        ScriptedProvider provider = hanging("a");
        List<Runnable> kept = new ArrayList<>();
        ExecutorService executor = new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>()) {
            @Override
            public void execute(Runnable task) {
                kept.add(task);
                if (outOfMemory) {
                    throw new OutOfMemoryError("unable to create native thread");
                }
                throw new RejectedExecutionException("full");
            }
        };
        try (EmailService emails =
                EmailService.builder().provider(provider).executor(executor).build()) {
            assertThat(emails.trySend(email().build())).isInstanceOf(SendResult.NotSent.class);

            kept.forEach(Runnable::run);
            assertThat(provider.attempts).as("not even later").isEmpty();
            assertThat(emails.providers().get(0).inFlight()).isZero();
        } finally {
            executor.shutdown();
        }
    }

    @Test
    @DisplayName("T3 an interrupt between attempts: nothing more is begun, what was surely not sent stays so")
    void anInterruptEndsTheChain() {
        ScriptedProvider first = new ScriptedProvider("a");
        ScriptedProvider second = new ScriptedProvider("b");
        first.script = (email, context) -> {
            Thread.currentThread().interrupt();
            return REFUSED;
        };
        try (EmailService emails = EmailService.builder()
                .routing(Routing.inOrder())
                .provider(first)
                .provider(second)
                .build()) {
            SendResult result = emails.trySend(email().build());

            assertThat(Thread.interrupted()).isTrue();
            assertThat(result).isInstanceOf(SendResult.NotSent.class);
            assertThat(result.trail().skipped())
                    .extracting(Skipped::reason)
                    .containsExactly(Skipped.Reason.INTERRUPTED);
            assertThat(second.attempts).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 1})
    @DisplayName("T1 a wall clock that jumps an hour between any two steps: the same attempts, holds, states and times")
    void theWallClockDecidesNothing(int hours) {
        assertThat(story(new VirtualTime(), Duration.ofHours(hours)))
                .isEqualTo(story(new VirtualTime(), Duration.ZERO));
    }

    /** Breaker, holds, shares of the deadline and repetitions, told without any date. */
    private static List<String> story(VirtualTime time, Duration jump) {
        List<String> told = new ArrayList<>();
        ScriptedProvider first = new ScriptedProvider("a");
        ScriptedProvider second = new ScriptedProvider("b");
        for (ScriptedProvider provider : List.of(first, second)) {
            provider.capabilities = Capabilities.builder()
                    .features(Feature.values())
                    .honoursDeadline()
                    .idempotencyWindow(Duration.ofSeconds(20))
                    .build();
        }
        Random chance = new Random(7);
        EmailProvider[] both = {first, second};
        try (EmailService emails = EmailService.builder()
                .routing(Routing.inOrder())
                .time(time.time())
                .random(new Random(1))
                .provider(both[0])
                .provider(both[1])
                .build()) {
            for (int i = 0; i < 400; i++) {
                first.script = second.script = answering(chance.nextInt(7), chance.nextInt(12), time, jump);
                Email email = email().onAmbiguity(Ambiguity.values()[i % 3])
                        .idempotencyKey("key-" + i)
                        .build();
                Trail trail = emails.trySend(email).trail();
                told.add(trail.attempts() + " " + trail.elapsed() + " "
                        + trail.skipped().stream()
                                .map(s -> s.provider() + s.reason() + s.detail())
                                .toList()
                        + emails.providers());
                time.jumpWallClock(i % 2 == 0 ? jump : jump.negated());
                time.pass(Duration.ofMillis(chance.nextInt(4_000)));
            }
        }
        assertThat(told)
                .anyMatch(t -> t.contains(HealthState.DOWN.name()))
                .anyMatch(t -> t.contains(HealthState.THROTTLED.name()));
        return told;
    }

    private static ScriptedProvider.Script answering(int kind, int seconds, VirtualTime time, Duration jump) {
        Outcome outcome = switch (kind) {
            case 0, 1 -> REFUSED;
            case 2, 3 -> new Outcome.Unknown("timeout", "");
            case 4 -> new Outcome.Throttled("throttling", "", Optional.of(Duration.ofSeconds(seconds)));
            default -> new Outcome.Accepted("m");
        };
        return (Email email, Attempt.Context context) -> {
            time.jumpWallClock(jump);
            Duration takes = Duration.ofSeconds(seconds);
            time.pass(takes.compareTo(context.remaining()) < 0 ? takes : context.remaining());
            time.jumpWallClock(jump.negated());
            return outcome;
        };
    }
}
