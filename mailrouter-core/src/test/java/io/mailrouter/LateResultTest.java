package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.health.Fleet;
import io.mailrouter.health.FleetSnapshot;
import io.mailrouter.health.HealthState;
import io.mailrouter.health.Signal;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.Outcome;
import io.mailrouter.route.Routing;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Calls that end after their attempt was told as unknown. */
class LateResultTest {

    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private final ScriptedProvider slow = new ScriptedProvider("slow");
    private final ScriptedProvider standby = new ScriptedProvider("standby");
    private final CompletableFuture<Outcome> answer = new CompletableFuture<>();
    private final List<EmailEvent> events = new CopyOnWriteArrayList<>();
    private final VirtualTime time = new VirtualTime();
    private final LateExecutor executor = new LateExecutor(time, DEADLINE);

    LateResultTest() {
        slow.capabilities = Capabilities.builder().build();
        slow.script = (email, context) -> end(answer);
    }

    private Outcome end(CompletableFuture<Outcome> call) {
        executor.begun();
        return call.join();
    }

    @AfterEach
    void endTheCall() {
        answer.complete(new Outcome.Unavailable("test_ended", ""));
        executor.shutdown();
    }

    private EmailServiceBuilder service() {
        return EmailService.builder()
                .routing(Routing.inOrder())
                .time(time.time())
                .executor(executor)
                .provider(slow)
                .provider(standby)
                .deadline(DEADLINE)
                .closeTimeout(Duration.ofSeconds(20))
                .listener(events::add);
    }

    private static EmailBuilder email() {
        return Email.builder().from("shop@example.com").to("ada@example.org").text("hello");
    }

    private EmailEvent.LateResult lateResult() {
        await().until(() -> events.stream().anyMatch(EmailEvent.LateResult.class::isInstance));
        return events.stream()
                .filter(EmailEvent.LateResult.class::isInstance)
                .map(EmailEvent.LateResult.class::cast)
                .findFirst()
                .orElseThrow();
    }

    @Test
    @DisplayName(
            "P26 a call that is accepted after the deadline settles health and is told, and nobody is called twice")
    void aLateAcceptanceSettlesHealth() {
        try (EmailService emails = service().build()) {
            SendResult result = emails.trySend(email().build());
            assertThat(result)
                    .isInstanceOfSatisfying(
                            SendResult.Unknown.class,
                            unknown -> assertThat(unknown.code()).isEqualTo("deadline_pending"));
            assertThat(emails.providers().get(0).inFlight()).as("it goes on").isEqualTo(1);
            assertThat(emails.providers().get(0).failed()).isEqualTo(1);

            time.pass(Duration.ofSeconds(12));
            answer.complete(new Outcome.Accepted("m-late"));

            assertThat(lateResult()).satisfies(late -> {
                assertThat(late.reference()).isEqualTo(result.trail().reference());
                assertThat(late.provider()).isEqualTo("slow");
                assertThat(late.number()).isEqualTo(1);
                assertThat(late.outcome()).isEqualTo("accepted");
                assertThat(late.elapsed()).isEqualTo(DEADLINE.plusSeconds(12));
            });
            await().until(() -> emails.providers().get(0).inFlight() == 0);
            assertThat(emails.providers().get(0).accepted()).isEqualTo(1);
            assertThat(emails.providers().get(0).failed()).isEqualTo(1);
            assertThat(emails.providers().get(0).latency())
                    .as("of the whole call")
                    .isEqualTo(DEADLINE.plusSeconds(12));
            assertThat(slow.attempts).hasSize(1);
            assertThat(standby.attempts).isEmpty();
        }
    }

    @Test
    @DisplayName("P26 a provider that asks for a pause after the deadline is held")
    void aLatePauseHolds() {
        try (EmailService emails = service().build()) {
            emails.trySend(email().build());
            answer.complete(new Outcome.Throttled("throttling", "", Optional.of(Duration.ofSeconds(50))));

            await().until(() -> emails.providers().get(0).state() == HealthState.THROTTLED);
            assertThat(emails.send(email().build()).provider()).isEqualTo("standby");
            await().until(() -> events.stream()
                    .anyMatch(event -> event instanceof EmailEvent.ProviderStateChanged change
                            && change.to().equals("throttled")));
        }
    }

    @Test
    @DisplayName("P26 a late end counts for the quota of the fleet, and its miss counts once")
    void aLateEndIsSharedWithTheFleet() {
        List<String> recorded = new CopyOnWriteArrayList<>();
        Fleet fleet = new Fleet() {
            @Override
            public void register(String name) {}

            @Override
            public void record(String name, Signal signal, Duration elapsed, int recipients) {
                recorded.add(signal + " " + recipients);
            }

            @Override
            public FleetSnapshot snapshot() {
                return FleetSnapshot.none();
            }

            @Override
            public void close() {}
        };
        try (EmailService emails = service().fleet(fleet).build()) {
            emails.trySend(email().build());
            assertThat(recorded).containsExactly("AMBIGUOUS 0");
            answer.complete(new Outcome.Accepted("m"));
            lateResult();
            assertThat(recorded).containsExactly("AMBIGUOUS 0", "OK 1");

            recorded.clear();
            events.clear();
            CompletableFuture<Outcome> failing = new CompletableFuture<>();
            slow.script = (email, context) -> end(failing);
            emails.trySend(email().build());
            failing.complete(new Outcome.Unavailable("refused", ""));
            lateResult();
            assertThat(recorded).containsExactly("AMBIGUOUS 0");
            assertThat(emails.providers().get(0).failed()).isEqualTo(2);
        }
    }

    @Test
    @DisplayName(
            "P26 the breaker counts the miss at the deadline, and a late end neither counts again nor decides a trial")
    void aLateEndDoesNotMoveTheBreaker() {
        List<CompletableFuture<Outcome>> calls = new CopyOnWriteArrayList<>();
        slow.script = (email, context) -> {
            CompletableFuture<Outcome> call = new CompletableFuture<>();
            calls.add(call);
            return end(call);
        };
        try (EmailService emails = service()
                .random(new Random(1))
                .breaker(b -> b.consecutiveFailures(2)
                        .openFor(Duration.ofMillis(2), Duration.ofMillis(2))
                        .trial(2, Duration.ofSeconds(30)))
                .build()) {
            emails.trySend(email().build());
            assertThat(emails.providers().get(0).state()).isEqualTo(HealthState.UP);
            calls.get(0).complete(new Outcome.Unavailable("refused", ""));
            lateResult();
            assertThat(emails.providers().get(0).state())
                    .as("one miss, counted once")
                    .isEqualTo(HealthState.UP);

            emails.trySend(email().build());
            assertThat(emails.providers().get(0).state()).isEqualTo(HealthState.DOWN);
            slow.capabilities = Capabilities.builder().honoursDeadline().build();
            slow.next(new Outcome.Accepted("trial"));
            time.pass(Duration.ofMillis(2));
            assertThat(emails.send(email().build()).provider()).isEqualTo("slow");
            assertThat(emails.providers().get(0).state()).isEqualTo(HealthState.DEGRADED);

            events.clear();
            calls.get(1).complete(new Outcome.Accepted("late"));
            lateResult();
            assertThat(emails.providers().get(0).state())
                    .as("the trial waits for its own second call")
                    .isEqualTo(HealthState.DEGRADED);
        }
    }

    @Test
    @DisplayName("P26 a hang keeps its place, so that no more than the permitted calls ever hang")
    void hangsAreBounded() {
        EmailServiceBuilder builder = EmailService.builder()
                .routing(Routing.inOrder())
                .time(time.time())
                .executor(executor)
                .provider(slow, p -> p.maxInFlight(3))
                .provider(standby)
                .breaker(b -> b.window(1_000, 1_000).consecutiveFailures(1_000));
        try (EmailService emails = builder.build()) {
            for (int i = 0; i < 3; i++) {
                assertThat(emails.trySend(email().build())).isInstanceOf(SendResult.Unknown.class);
            }
            SendResult.Accepted accepted = emails.send(email().build());

            assertThat(accepted.provider()).isEqualTo("standby");
            assertThat(accepted.trail().skipped()).extracting(Skipped::reason).containsExactly(Skipped.Reason.BUSY);
            assertThat(slow.attempts).hasSize(3);
            answer.complete(new Outcome.Accepted("m"));
            await().until(() -> emails.providers().get(0).inFlight() == 0);
            slow.capabilities = Capabilities.builder().honoursDeadline().build();
            slow.next(new Outcome.Accepted("m"));
            assertThat(emails.send(email().build()).provider()).isEqualTo("slow");
        }
    }

    @Test
    @DisplayName("T4 P26 close waits for a call that goes on, hears its end, and leaves no thread")
    void closeWaitsForCallsThatGoOn() {
        EmailService emails = EmailService.builder()
                .provider(slow)
                .deadline(Duration.ofMillis(100))
                .closeTimeout(Duration.ofSeconds(20))
                .listener(events::add)
                .build();
        AtomicReference<Thread> thread = new AtomicReference<>();
        AtomicBoolean cutOff = new AtomicBoolean();
        slow.script = (email, context) -> {
            thread.set(Thread.currentThread());
            Outcome outcome = answer.join();
            cutOff.set(Thread.currentThread().isInterrupted());
            return outcome;
        };
        await("a thread is free in time").until(() -> emails.trySend(email().build()) instanceof SendResult.Unknown);
        CompletableFuture<Void> closing = CompletableFuture.runAsync(emails::close);
        await().until(() -> refuses(emails));
        assertThat(closing).isNotDone();

        answer.complete(new Outcome.Accepted("m"));

        closing.orTimeout(20, TimeUnit.SECONDS).join();
        assertThat(events).as("heard before close returns").hasAtLeastOneElementOfType(EmailEvent.LateResult.class);
        assertThat(cutOff).as("it had its time").isFalse();
        await().until(() -> !thread.get().isAlive());
    }

    @Test
    @DisplayName("T4 close interrupts a call that goes on too long, on the application's own executor as well")
    void closeEndsCallsThatGoOnTooLong() throws InterruptedException {
        CountDownLatch interrupted = new CountDownLatch(1);
        slow.script = (email, context) -> {
            executor.begun();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
            return new Outcome.Unknown("interrupted", "");
        };
        EmailService emails = service().closeTimeout(Duration.ofMillis(50)).build();
        emails.trySend(email().build());
        emails.close();

        assertThat(interrupted.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(executor.isShutdown()).isFalse();
        await().until(() ->
                emails.lostEvents() > 0 || events.stream().anyMatch(EmailEvent.LateResult.class::isInstance));
    }

    private static boolean refuses(EmailService emails) {
        try {
            return emails.trySend(email().build()) == null;
        } catch (EmailServiceClosedException closed) {
            return true;
        }
    }

    @Test
    @DisplayName("P25 a provider that never returns takes no thread from another")
    void aHangTakesNoThreadFromAnother() {
        standby.capabilities = Capabilities.builder().build();
        EmailServiceBuilder builder = EmailService.builder()
                .routing(Routing.inOrder())
                .provider(slow, p -> p.maxInFlight(300))
                .provider(standby)
                .breaker(b -> b.window(1_000, 1_000).consecutiveFailures(1_000))
                .deadline(Duration.ofMillis(5));
        try (EmailService emails = builder.build()) {
            await("more hang than a pool of a fixed size would have threads")
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(1))
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> {
                        emails.trySend(email().onlyProviders("slow").build());
                        return emails.providers().get(0).inFlight() > 256;
                    });

            await().until(() ->
                    emails.trySend(email().onlyProviders("standby").build()) instanceof SendResult.Accepted);
            answer.complete(new Outcome.Accepted("m"));
        }
    }

    @Test
    @DisplayName("P26 a context still says that its time is over while the call goes on")
    void aContextSaysThatItsTimeIsOver() {
        try (EmailService emails = service().build()) {
            emails.trySend(email().build());

            Attempt.Context context = slow.attempts.get(0);
            assertThat(context.remaining()).isZero();
            answer.complete(new Outcome.Accepted("m"));
        }
    }
}
