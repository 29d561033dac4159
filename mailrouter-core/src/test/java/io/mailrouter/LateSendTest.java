package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.RecipientResult.Fate;
import io.mailrouter.email.Ambiguity;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailAddress;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.health.Outlook;
import io.mailrouter.limit.FailoverBudget;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.Outcome;
import io.mailrouter.route.Routing;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What a send learns, after it was told as unknown, that it really came to: for whoever settles its key. */
class LateSendTest {

    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private final ScriptedProvider slow = new ScriptedProvider("slow");
    private final ScriptedProvider standby = new ScriptedProvider("standby");
    private final CompletableFuture<Outcome> answer = new CompletableFuture<>();
    private final List<EmailEvent> events = new CopyOnWriteArrayList<>();
    private final VirtualTime time = new VirtualTime();
    private final LateExecutor executor = new LateExecutor(time, DEADLINE);

    LateSendTest() {
        slow.capabilities = Capabilities.builder().build();
        slow.script = (email, context) -> end(executor, answer);
    }

    private static Outcome end(LateExecutor executor, CompletableFuture<Outcome> answer) {
        executor.begun();
        return answer.join();
    }

    @AfterEach
    void endTheCall() {
        answer.complete(new Outcome.Unavailable("test_ended", ""));
        executor.shutdownNow();
    }

    private static EmailBuilder email() {
        return Email.builder().from("shop@example.com").to("ada@example.org").text("hello");
    }

    private Sent sent(Email email, ScriptedProvider... providers) {
        return sent(email, executor, time.time(), providers);
    }

    private Sent sent(Email email, ExecutorService executor, Time time, ScriptedProvider... providers) {
        Seldom seldom = new Seldom(time);
        List<String> names = Stream.of(providers).map(ScriptedProvider::name).toList();
        Switchboard board = new Switchboard(names, Set.of(), null, time, seldom);
        Route.Surroundings around = new Route.Surroundings(
                executor,
                null,
                board,
                events::add,
                GuardedTracer.NONE,
                new BreakerSettings(),
                time,
                new Random(1),
                wait -> {},
                seldom);
        List<Route> routes = Stream.of(providers)
                .map(provider -> new Route(provider, new ProviderSettings(), around))
                .toList();
        RoutingSender.Limits limits =
                new RoutingSender.Limits(DEADLINE, 3, Duration.ofMillis(1), DEADLINE, Ambiguity.STOP);
        Ranking ranking = new Ranking(
                routes,
                Routing.inOrder(),
                () -> new Outlook(null, time.nanos()),
                new Ranking.Chance(new Random(1), Ambiguity.STOP),
                seldom);
        FailoverBudget budget = new FailoverBudget(20, 10, time.nanoTime());
        return new RoutingSender(routes, ranking, limits, budget, events::add, time).send(email);
    }

    private static CompletableFuture<SendResult> late(Sent sent) {
        return sent.late().orElseThrow().toCompletableFuture();
    }

    private static SendResult lateOf(Sent sent) {
        return late(sent).orTimeout(20, TimeUnit.SECONDS).join();
    }

    @Test
    @DisplayName("P26 the send learns what it really came to: accepted")
    void theSendLearnsOfAnAcceptance() {
        Sent sent = sent(email().build(), slow, standby);
        assertThat(sent.result()).isInstanceOf(SendResult.Unknown.class);
        assertThat(late(sent)).isNotDone();
        time.pass(Duration.ofSeconds(12));

        answer.complete(new Outcome.Accepted("m-late"));

        assertThat(lateOf(sent)).isInstanceOfSatisfying(SendResult.Accepted.class, accepted -> {
            assertThat(accepted.messageId()).isEqualTo("m-late");
            assertThat(accepted.trail().reference())
                    .isEqualTo(sent.result().trail().reference());
            assertThat(accepted.trail().attempts()).singleElement().satisfies(attempt -> {
                assertThat(attempt.outcome()).isEqualTo(new Outcome.Accepted("m-late"));
                assertThat(attempt.elapsed()).isEqualTo(DEADLINE.plusSeconds(12));
            });
        });
        assertThat(events)
                .as("told before the send learns of it")
                .hasAtLeastOneElementOfType(EmailEvent.LateResult.class);
    }

    @Test
    @DisplayName("P26 the send learns what it really came to: surely not sent, rejected, or still unknown")
    void theSendLearnsOfAFailure() {
        Sent refused = sent(email().build(), slow, standby);
        answer.complete(new Outcome.Unavailable("refused", ""));
        assertThat(lateOf(refused))
                .isInstanceOfSatisfying(
                        SendResult.NotSent.class,
                        notSent -> assertThat(notSent.code()).isEqualTo("refused"));
        assertThat(standby.attempts)
                .as("whoever asked decides about another try")
                .isEmpty();

        CompletableFuture<Outcome> rejecting = new CompletableFuture<>();
        slow.script = (email, context) -> end(executor, rejecting);
        Sent rejected = sent(email().build(), slow, standby);
        rejecting.complete(new Outcome.Rejected("http_400", ""));
        assertThat(lateOf(rejected)).isInstanceOf(SendResult.Rejected.class);

        CompletableFuture<Outcome> failing = new CompletableFuture<>();
        slow.script = (email, context) -> end(executor, failing);
        Sent unknown = sent(email().build(), slow, standby);
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
        Sent sent = sent(email().to("bob@example.org").build(), taking, slow);
        assertThat(sent.result())
                .isInstanceOfSatisfying(
                        SendResult.PartlyAccepted.class,
                        partly -> assertThat(partly.recipients(Fate.UNKNOWN)).hasSize(1));

        answer.complete(new Outcome.Accepted("m-2"));

        assertThat(lateOf(sent)).isInstanceOf(SendResult.Accepted.class);
    }

    @Test
    @DisplayName("P26 what was accepted elsewhere meanwhile needs no late result")
    void nothingIsToComeOnceItWasAccepted() {
        LateExecutor half = new LateExecutor(time, DEADLINE.dividedBy(2));
        slow.script = (email, context) -> end(half, answer);
        Email email = email().onAmbiguity(Ambiguity.RESEND_OTHER).build();
        Sent sent = sent(email, half, time.time(), slow, standby);

        assertThat(sent.result()).isInstanceOf(SendResult.Accepted.class);
        assertThat(sent.late()).isEmpty();
        half.shutdown();
    }

    @Test
    @DisplayName("T3 P26 an interrupted send leaves its flag set, ends the call, and still learns how it ended")
    void anInterruptedSendLearnsItsEnd() {
        Thread sender = Thread.currentThread();
        CountDownLatch never = new CountDownLatch(1);
        AtomicBoolean interruptOfTheCall = new AtomicBoolean();
        slow.script = (email, context) -> {
            sender.interrupt();
            try {
                never.await();
            } catch (InterruptedException e) {
                interruptOfTheCall.set(true);
            }
            Outcome outcome = answer.join();
            Thread.currentThread().interrupt();
            return outcome;
        };
        ExecutorService inTime = Executors.newSingleThreadExecutor();
        Sent sent = sent(email().build(), inTime, Time.system(), slow, standby);
        AtomicBoolean interruptOfWhoeverSettles = new AtomicBoolean();
        CompletableFuture<Void> settled = late(sent)
                .thenAccept(result ->
                        interruptOfWhoeverSettles.set(Thread.currentThread().isInterrupted()));

        assertThat(Thread.interrupted()).as("the flag is kept").isTrue();
        assertThat(sent.result())
                .isInstanceOfSatisfying(
                        SendResult.Unknown.class,
                        unknown -> assertThat(unknown.code()).isEqualTo("interrupted"));
        answer.complete(new Outcome.Unavailable("interrupted", ""));
        assertThat(lateOf(sent)).isInstanceOf(SendResult.NotSent.class);
        settled.orTimeout(20, TimeUnit.SECONDS).join();
        assertThat(interruptOfTheCall).isTrue();
        assertThat(interruptOfWhoeverSettles)
                .as("it was meant for the call, and would cut off whoever settles its end")
                .isFalse();
        assertThat(standby.attempts).isEmpty();
        inTime.shutdown();
    }
}
