package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.RecipientResult.Fate;
import io.mailrouter.email.Ambiguity;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailAddress;
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
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Calls that end after their attempt was told as unknown. */
class LateResultTest {

    private static final Duration DEADLINE = Duration.ofMillis(150);

    private final ScriptedProvider slow = new ScriptedProvider("slow");
    private final ScriptedProvider standby = new ScriptedProvider("standby");
    private final CompletableFuture<Outcome> answer = new CompletableFuture<>();
    private final List<EmailEvent> events = new CopyOnWriteArrayList<>();

    LateResultTest() {
        slow.capabilities = Capabilities.builder().build();
        slow.script = (email, context) -> answer.join();
    }

    @AfterEach
    void endTheCall() {
        answer.complete(new Outcome.Unavailable("test_ended", ""));
    }

    private EmailServiceBuilder service() {
        return EmailService.builder()
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

            answer.complete(new Outcome.Accepted("m-late"));

            assertThat(lateResult()).satisfies(late -> {
                assertThat(late.reference()).isEqualTo(result.trail().reference());
                assertThat(late.provider()).isEqualTo("slow");
                assertThat(late.number()).isEqualTo(1);
                assertThat(late.outcome()).isEqualTo("accepted");
                assertThat(late.elapsed())
                        .isGreaterThan(result.trail().attempts().get(0).elapsed());
            });
            await().until(() -> emails.providers().get(0).inFlight() == 0);
            assertThat(emails.providers().get(0).accepted()).isEqualTo(1);
            assertThat(emails.providers().get(0).failed()).isEqualTo(1);
            assertThat(emails.providers().get(0).latency())
                    .as("of the whole call")
                    .isGreaterThan(result.trail().attempts().get(0).elapsed());
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
            slow.script = (email, context) -> failing.join();
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
            return call.join();
        };
        try (EmailService emails = service()
                .random(new Random(1))
                .breaker(b -> b.consecutiveFailures(2)
                        .openFor(Duration.ofMillis(1), Duration.ofMillis(1))
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
            slow.next(new Outcome.Accepted("trial"));
            await().until(() -> emails.send(email().build()).provider().equals("slow"));
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
                .provider(slow, p -> p.maxInFlight(3))
                .provider(standby)
                .breaker(b -> b.window(1_000, 1_000).consecutiveFailures(1_000))
                .deadline(Duration.ofMillis(20));
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
            assertThat(emails.send(email().build()).provider()).isEqualTo("slow");
        }
    }

    private Sent sentThrough(Email email) {
        VirtualTime time = new VirtualTime();
        ExecutorService executor = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            return thread;
        });
        Seldom seldom = new Seldom(time.time());
        Route.Surroundings around = new Route.Surroundings(
                executor, null, events::add, new BreakerSettings(), Time.system(), new Random(1), seldom);
        List<Route> routes = List.of(
                new Route(slow, new ProviderSettings(), around), new Route(standby, new ProviderSettings(), around));
        RoutingSender.Limits limits = new RoutingSender.Limits(DEADLINE, 3, Duration.ofMillis(1), Ambiguity.STOP);
        return new RoutingSender(routes, Routing.inOrder(), limits, events::add, seldom, Time.system()).send(email);
    }

    private SendResult lateOf(Sent sent) {
        return sent.late()
                .orElseThrow()
                .toCompletableFuture()
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
    }

    @Test
    @DisplayName("P26 the send learns what it really came to: accepted")
    void theSendLearnsOfAnAcceptance() {
        Sent sent = sentThrough(email().build());
        assertThat(sent.result()).isInstanceOf(SendResult.Unknown.class);
        assertThat(sent.late().orElseThrow().toCompletableFuture()).isNotDone();

        answer.complete(new Outcome.Accepted("m-late"));

        assertThat(lateOf(sent)).isInstanceOfSatisfying(SendResult.Accepted.class, accepted -> {
            assertThat(accepted.messageId()).isEqualTo("m-late");
            assertThat(accepted.trail().reference())
                    .isEqualTo(sent.result().trail().reference());
            assertThat(accepted.trail().attempts()).singleElement().satisfies(attempt -> {
                assertThat(attempt.outcome()).isEqualTo(new Outcome.Accepted("m-late"));
                assertThat(attempt.elapsed())
                        .isGreaterThan(sent.result().trail().attempts().get(0).elapsed());
            });
        });
        assertThat(lateResult().outcome())
                .as("told before the send learns of it")
                .isEqualTo("accepted");
    }

    @Test
    @DisplayName("P26 the send learns what it really came to: surely not sent, rejected, or still unknown")
    void theSendLearnsOfAFailure() {
        Sent refused = sentThrough(email().build());
        answer.complete(new Outcome.Unavailable("refused", ""));
        assertThat(lateOf(refused))
                .isInstanceOfSatisfying(
                        SendResult.NotSent.class,
                        notSent -> assertThat(notSent.code()).isEqualTo("refused"));
        assertThat(standby.attempts)
                .as("whoever asked decides about another try")
                .isEmpty();

        CompletableFuture<Outcome> rejecting = new CompletableFuture<>();
        slow.script = (email, context) -> rejecting.join();
        Sent rejected = sentThrough(email().build());
        rejecting.complete(new Outcome.Rejected("http_400", ""));
        assertThat(lateOf(rejected)).isInstanceOf(SendResult.Rejected.class);

        CompletableFuture<Outcome> failing = new CompletableFuture<>();
        slow.script = (email, context) -> failing.join();
        Sent unknown = sentThrough(email().build());
        failing.completeExceptionally(new IllegalStateException("defect"));
        assertThat(lateOf(unknown))
                .isInstanceOfSatisfying(
                        SendResult.Unknown.class,
                        still -> assertThat(still.code()).isEqualTo("defect"));
    }

    @Test
    @DisplayName("P26 P20 the rest of a partly accepted email that ends late completes it")
    void theRestMayEndLate() {
        EmailAddress bob = EmailAddress.parse("bob@example.org");
        ScriptedProvider taking = new ScriptedProvider("taking");
        taking.always(new Outcome.Partial("m-1", List.of(new Outcome.Refusal(bob, "smtp_450", "", true))));
        Seldom seldom = new Seldom(Time.system());
        ExecutorService executor = Executors.newSingleThreadExecutor();
        Route.Surroundings around = new Route.Surroundings(
                executor, null, events::add, new BreakerSettings(), Time.system(), new Random(1), seldom);
        List<Route> routes = List.of(
                new Route(taking, new ProviderSettings(), around), new Route(slow, new ProviderSettings(), around));
        RoutingSender.Limits limits = new RoutingSender.Limits(DEADLINE, 3, Duration.ofMillis(1), Ambiguity.STOP);
        Sent sent = new RoutingSender(routes, Routing.inOrder(), limits, events::add, seldom, Time.system())
                .send(email().to("bob@example.org").build());
        assertThat(sent.result())
                .isInstanceOfSatisfying(
                        SendResult.PartlyAccepted.class,
                        partly -> assertThat(partly.with(Fate.UNKNOWN)).hasSize(1));

        answer.complete(new Outcome.Accepted("m-2"));

        assertThat(lateOf(sent)).isInstanceOf(SendResult.Accepted.class);
        executor.shutdown();
    }

    @Test
    @DisplayName("P26 what was accepted elsewhere meanwhile needs no late result")
    void nothingIsToComeOnceItWasAccepted() {
        Sent sent = sentThrough(email().onAmbiguity(Ambiguity.RESEND_OTHER).build());

        assertThat(sent.result()).isInstanceOf(SendResult.Accepted.class);
        assertThat(sent.late()).isEmpty();
    }

    @Test
    @DisplayName("T3 P26 an interrupted send leaves its flag set, ends the call, and still learns how it ended")
    void anInterruptedSendLearnsItsEnd() {
        Thread sender = Thread.currentThread();
        AtomicReference<Boolean> flagOfTheCall = new AtomicReference<>();
        slow.script = (email, context) -> {
            sender.interrupt();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                flagOfTheCall.set(true);
                Thread.currentThread().interrupt();
            }
            return new Outcome.Unavailable("interrupted", "");
        };
        Sent sent = sentThrough(email().build());

        assertThat(Thread.interrupted()).as("the flag is kept").isTrue();
        assertThat(sent.result())
                .isInstanceOfSatisfying(
                        SendResult.Unknown.class,
                        unknown -> assertThat(unknown.code()).isEqualTo("interrupted"));
        assertThat(lateOf(sent)).isInstanceOf(SendResult.NotSent.class);
        assertThat(flagOfTheCall).hasValue(true);
        assertThat(standby.attempts).isEmpty();
    }

    @Test
    @DisplayName("T4 P26 close waits for a call that goes on, hears its end, and leaves no thread")
    void closeWaitsForCallsThatGoOn() {
        EmailService emails = service().build();
        AtomicReference<Thread> thread = new AtomicReference<>();
        slow.script = (email, context) -> {
            thread.set(Thread.currentThread());
            return answer.join();
        };
        emails.trySend(email().build());
        CompletableFuture<Void> closing = CompletableFuture.runAsync(emails::close);
        await().until(() -> refuses(emails));
        assertThat(closing).isNotDone();

        answer.complete(new Outcome.Accepted("m"));

        closing.orTimeout(20, TimeUnit.SECONDS).join();
        assertThat(events).as("heard before close returns").hasAtLeastOneElementOfType(EmailEvent.LateResult.class);
        await().until(() -> !thread.get().isAlive());
    }

    @Test
    @DisplayName("T4 close interrupts a call that goes on too long, on the application's own executor as well")
    void closeEndsCallsThatGoOnTooLong() throws InterruptedException {
        CountDownLatch interrupted = new CountDownLatch(1);
        slow.script = (email, context) -> {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
            return new Outcome.Unknown("interrupted", "");
        };
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try {
            EmailService emails = service()
                    .executor(executor)
                    .closeTimeout(Duration.ofMillis(50))
                    .build();
            emails.trySend(email().build());
            emails.close();

            assertThat(interrupted.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(executor.isShutdown()).isFalse();
            assertThat(events).hasAtLeastOneElementOfType(EmailEvent.LateResult.class);
        } finally {
            executor.shutdownNow();
        }
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
                .provider(slow, p -> p.maxInFlight(300))
                .provider(standby)
                .breaker(b -> b.window(1_000, 1_000).consecutiveFailures(1_000))
                .deadline(Duration.ofMillis(5));
        try (EmailService emails = builder.build()) {
            await("more hang than a pool of a fixed size would have threads")
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(1))
                    .atMost(Duration.ofSeconds(30))
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
