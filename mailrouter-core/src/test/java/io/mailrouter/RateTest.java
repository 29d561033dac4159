package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.mailrouter.email.Ambiguity;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.email.Feature;
import io.mailrouter.health.HealthState;
import io.mailrouter.provider.AccountLimits;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.Outcome;
import io.mailrouter.route.Routing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class RateTest {

    private static final Outcome REFUSED = new Outcome.Unavailable("connection_refused", "");

    private final VirtualTime time = new VirtualTime();
    private final ScriptedProvider only = new ScriptedProvider("only");
    private final ScriptedProvider second = new ScriptedProvider("second");

    private EmailServiceBuilder service() {
        return EmailService.builder()
                .time(time.time())
                .pause(time::pass)
                .random(new Random(1))
                .routing(Routing.inOrder());
    }

    private static EmailBuilder email() {
        return Email.builder().from("shop@example.com").to("ada@example.org").text("hello");
    }

    private static Outcome throttled(Duration hint) {
        return new Outcome.Throttled("throttling", "", Optional.of(hint));
    }

    private static void hold(CountDownLatch until) {
        try {
            until.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void aSendWaitsForItsTurnWhereNoOtherProviderCanTakeIt() {
        try (EmailService emails = service().provider(only, p -> p.rate(10)).build()) {
            Duration start = elapsed();
            for (int i = 0; i < 101; i++) {
                assertThat(emails.trySend(email().build())).isInstanceOf(SendResult.Accepted.class);
            }

            assertThat(elapsed().minus(start)).isEqualTo(Duration.ofSeconds(10));
        }
    }

    private Duration elapsed() {
        return Duration.between(VirtualTime.START, time.now());
    }

    @Test
    void anotherProviderTakesWhatIsOverTheRate() {
        EmailServiceBuilder two = service().provider(only, p -> p.rate(20)).provider(second);
        try (EmailService emails = two.build()) {
            for (int i = 0; i < 5; i++) {
                emails.send(email().build());
            }

            assertThat(only.attempts).hasSize(2);
            assertThat(second.attempts).hasSize(3);
            assertThat(emails.route(email().build()).skipped())
                    .extracting(Skipped::reason)
                    .containsExactly(Skipped.Reason.RATE_LIMITED);
        }
    }

    @Test
    void waitsNoLongerThanLeavesTimeForAnAttempt() {
        EmailServiceBuilder slow = service().provider(only, p -> p.rate(0.1)).minAttemptTime(Duration.ofSeconds(2));
        try (EmailService emails = slow.deadline(Duration.ofSeconds(8)).build()) {
            emails.send(email().build());
            SendResult result = emails.trySend(email().build());

            assertThat(result)
                    .isInstanceOfSatisfying(
                            SendResult.NotSent.class,
                            notSent -> assertThat(notSent.retryAt())
                                    .hasValue(time.now().plusSeconds(10)));
            assertThat(result.trail().attempts()).isEmpty();
            time.pass(Duration.ofSeconds(4));
            assertThat(emails.trySend(email().build()))
                    .as("6 s are left until its turn, and 2 s to use it")
                    .isInstanceOf(SendResult.NotSent.class);
            time.pass(Duration.ofMillis(1));
            assertThat(emails.trySend(email().build())).isInstanceOf(SendResult.Accepted.class);
            assertThat(only.attempts.get(1).remaining()).isLessThan(Duration.ofSeconds(8));
        }
    }

    @Test
    @DisplayName("Q13 nobody waits until an email is too late")
    void doesNotWaitUntilAnEmailIsTooLate() {
        try (EmailService emails = service().provider(only, p -> p.rate(1)).build()) {
            emails.send(email().build());
            Email soon = email().notAfter(time.now().plusMillis(900)).build();
            Email later = email().notAfter(time.now().plusMillis(1_100)).build();

            assertThat(emails.trySend(soon)).isInstanceOf(SendResult.NotSent.class);
            assertThat(emails.trySend(later)).isInstanceOf(SendResult.Accepted.class);
        }
    }

    @Test
    void anAttemptThatHadToWaitIsRepeatedAsAnyOther() {
        only.capabilities = Capabilities.builder()
                .features(Feature.values())
                .honoursDeadline()
                .idempotencyWindow(Duration.ofMinutes(1))
                .build();
        only.next(throttled(Duration.ofMillis(100)), new Outcome.Unknown("timeout", ""));
        try (EmailService emails = service().provider(only).build()) {
            SendResult result =
                    emails.trySend(email().onAmbiguity(Ambiguity.RESEND_SAME).build());

            assertThat(result.trail().attempts())
                    .extracting(attempt -> attempt.outcome().word())
                    .containsExactly("throttled", "unknown", "accepted");
        }
    }

    @Test
    void aShorterTimeToWaitIsKeptTo() {
        EmailServiceBuilder impatient =
                service().provider(only, p -> p.rate(10)).maxWait(Duration.ofMillis(50));
        try (EmailService emails = impatient.build()) {
            emails.send(email().build());
            assertThat(emails.trySend(email().build())).isInstanceOf(SendResult.NotSent.class);
            time.pass(Duration.ofMillis(51));
            assertThat(emails.trySend(email().build())).isInstanceOf(SendResult.Accepted.class);
        }
        assertThatThrownBy(() -> service().maxWait(Duration.ofSeconds(-1))).hasMessageContaining("maxWait is PT-1S");
    }

    @Test
    void theTimeoutOfAnAttemptCountsFromItsTurn() {
        EmailServiceBuilder slow = service().provider(only, p -> p.rate(0.2).timeout(Duration.ofSeconds(3)));
        try (EmailService emails = slow.build()) {
            List<Duration> remaining = new ArrayList<>();
            only.script = (email, context) -> {
                remaining.add(context.remaining());
                return new Outcome.Accepted("m");
            };
            emails.send(email().build());
            emails.send(email().build());

            assertThat(remaining).containsExactly(Duration.ofSeconds(3), Duration.ofSeconds(3));
        }
    }

    @Test
    void afterAFailedAttemptASendWaitsForAnotherProvider() {
        only.always(REFUSED);
        EmailServiceBuilder two = service().provider(only).provider(second, p -> p.rate(1));
        try (EmailService emails = two.build()) {
            emails.send(email().build());
            SendResult.Accepted accepted = emails.send(email().build());

            assertThat(accepted.provider()).isEqualTo("second");
            assertThat(accepted.trail().attempts())
                    .extracting(Attempt::provider)
                    .containsExactly("only", "second");
            assertThat(accepted.trail().skipped())
                    .extracting(Skipped::reason)
                    .containsExactly(Skipped.Reason.RATE_LIMITED);
        }
    }

    @Test
    void ofSeveralThatAreClosedForAMomentTheSoonestIsWaitedFor() {
        EmailServiceBuilder two = service().provider(only, p -> p.rate(1)).provider(second, p -> p.rate(2));
        try (EmailService emails = two.build()) {
            emails.send(email().build());
            emails.send(email().build());

            assertThat(emails.send(email().build()).provider()).isEqualTo("second");
            assertThat(emails.send(email().build()).provider()).isEqualTo("only");
        }
    }

    @Test
    void whomTheStrategyLeavesOutIsNotWaitedFor() {
        EmailServiceBuilder two = service().provider(only, p -> p.rate(1)).provider(second, p -> p.rate(1));
        two.routing((email, eligible) -> eligible.stream()
                .filter(candidate -> candidate.name().equals("second"))
                .toList());
        try (EmailService emails = two.build()) {
            for (int i = 0; i < 4; i++) {
                emails.send(email().build());
            }

            assertThat(only.attempts).isEmpty();
        }
    }

    @Test
    void anInterruptEndsTheWaitAndCostsNothing() {
        EmailServiceBuilder interrupted =
                service().provider(only, p -> p.rate(1).dailyQuota(5));
        interrupted.pause(wait -> {
            throw new InterruptedException();
        });
        try (EmailService emails = interrupted.build()) {
            emails.send(email().build());
            SendResult result = emails.trySend(email().build());

            assertThat(Thread.interrupted()).isTrue();
            assertThat(result).isInstanceOf(SendResult.NotSent.class);
            assertThat(result.trail().skipped())
                    .extracting(Skipped::reason)
                    .containsExactly(Skipped.Reason.RATE_LIMITED, Skipped.Reason.INTERRUPTED);
            assertThat(emails.providers().get(0).quotas().get(0).left()).isEqualTo(4);
            assertThat(emails.providers().get(0).inFlight()).isZero();
            time.pass(Duration.ofSeconds(1));
            assertThat(emails.trySend(email().build())).isInstanceOf(SendResult.Accepted.class);
        }
    }

    @Test
    void aShortPauseThatAProviderAsksForIsWaitedForAndTheProviderAskedAgain() {
        only.next(throttled(Duration.ofMillis(100)));
        try (EmailService emails = service().provider(only).build()) {
            SendResult.Accepted accepted = emails.send(email().build());

            assertThat(accepted.trail().attempts())
                    .extracting(attempt -> attempt.outcome().word())
                    .containsExactly("throttled", "accepted");
        }
    }

    @Test
    void aPauseOfMoreThanHalfASecondIsNotWaitedFor() {
        only.next(throttled(Duration.ofMillis(501)), throttled(Duration.ofMillis(500)));
        try (EmailService emails = service().provider(only).build()) {
            assertThat(emails.trySend(email().build())).isInstanceOf(SendResult.NotSent.class);
            time.pass(Duration.ofMillis(502));
            assertThat(emails.trySend(email().build())).isInstanceOf(SendResult.Accepted.class);
        }
    }

    @Test
    void aProviderThatAsksForOnePauseAfterTheOtherIsAskedAsOftenAsASendMayTry() {
        only.always(throttled(Duration.ofMillis(10)));
        try (EmailService emails = service().provider(only).maxAttempts(2).build()) {
            assertThat(emails.trySend(email().build())).isInstanceOf(SendResult.NotSent.class);
            assertThat(only.attempts).hasSize(2);
        }
    }

    @Test
    void aPauseCutsTheRateThatIsConfigured() {
        only.next(throttled(Duration.ofMillis(10)));
        try (EmailService emails = service().provider(only, p -> p.rate(100)).build()) {
            assertThat(emails.providers().get(0).rate()).hasValue(100);
            emails.send(email().build());
            assertThat(emails.providers().get(0).rate()).hasValue(70);
            time.pass(Duration.ofSeconds(10));
            assertThat(emails.providers().get(0).rate().orElseThrow()).isCloseTo(75, within(1e-6));
        }
    }

    @Test
    void aFullProviderIsWaitedForWhereNoOtherCanTakeIt() throws Exception {
        CountDownLatch called = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);
        only.script = (email, context) -> {
            called.countDown();
            hold(answer);
            return new Outcome.Accepted("m");
        };
        try (EmailService emails =
                EmailService.builder().provider(only, p -> p.maxInFlight(1)).build()) {
            CompletableFuture<SendResult> first = CompletableFuture.supplyAsync(() -> emails.trySend(email().build()));
            called.await();
            assertThat(emails.route(email().build()).skipped())
                    .extracting(Skipped::reason)
                    .containsExactly(Skipped.Reason.BUSY);
            CompletableFuture<SendResult> other = new CompletableFuture<>();
            Thread waiting = new Thread(() -> other.complete(emails.trySend(email().build())));
            waiting.start();
            await().until(() -> waiting.getState() == Thread.State.TIMED_WAITING);
            answer.countDown();

            assertThat(first.get(20, TimeUnit.SECONDS)).isInstanceOf(SendResult.Accepted.class);
            assertThat(other.get(20, TimeUnit.SECONDS)).isInstanceOf(SendResult.Accepted.class);
        }
    }

    @Test
    @DisplayName("P8 who waited for a place does not call a provider that has asked for a pause meanwhile")
    void aPauseHoldsBackThoseWhoWaitedForAPlace() throws Exception {
        CountDownLatch called = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);
        only.script = (email, context) -> {
            called.countDown();
            hold(answer);
            return throttled(Duration.ofSeconds(60));
        };
        try (EmailService emails =
                EmailService.builder().provider(only, p -> p.maxInFlight(1)).build()) {
            CompletableFuture<SendResult> first = CompletableFuture.supplyAsync(() -> emails.trySend(email().build()));
            called.await();
            CompletableFuture<SendResult> other = new CompletableFuture<>();
            Thread waiting = new Thread(() -> other.complete(emails.trySend(email().build())));
            waiting.start();
            await().atMost(Duration.ofSeconds(30)).until(() -> waiting.getState() == Thread.State.TIMED_WAITING);
            answer.countDown();

            assertThat(first.get(30, TimeUnit.SECONDS)).isInstanceOf(SendResult.NotSent.class);
            assertThat(other.get(30, TimeUnit.SECONDS).trail().skipped())
                    .extracting(Skipped::reason)
                    .containsExactly(Skipped.Reason.BUSY, Skipped.Reason.HELD);
            assertThat(only.attempts).hasSize(1);
        }
    }

    @Test
    @DisplayName("T2 a send that waits for a full provider ends with its deadline")
    void theWaitForAFullProviderEndsInTime() throws Exception {
        CountDownLatch called = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);
        only.script = (email, context) -> {
            called.countDown();
            hold(answer);
            return new Outcome.Accepted("m");
        };
        try (EmailService emails =
                EmailService.builder().provider(only, p -> p.maxInFlight(1)).build()) {
            CompletableFuture<SendResult> first = CompletableFuture.supplyAsync(() -> emails.trySend(email().build()));
            called.await();
            SendResult result =
                    emails.trySend(email().deadline(Duration.ofMillis(400)).build());
            answer.countDown();

            assertThat(result).isInstanceOf(SendResult.NotSent.class);
            assertThat(result.trail().elapsed()).isBetween(Duration.ofMillis(300), Duration.ofSeconds(10));
            assertThat(result.trail().skipped()).extracting(Skipped::reason).containsOnly(Skipped.Reason.BUSY);
            first.get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void aRequestWithManyEmailsCountsAllTheirRecipients() {
        ScriptedBulkProvider bulk = new ScriptedBulkProvider("bulk");
        EmailServiceBuilder many = service().provider(bulk, p -> p.rate(20).dailyQuota(100));
        try (EmailService emails = many.build()) {
            List<SendResult> results = emails.sendAll(
                    IntStream.range(0, 3).mapToObj(i -> email().build()).toList(), Bulk.ALLOWED);

            assertThat(results).allMatch(SendResult.Accepted.class::isInstance);
            assertThat(bulk.requests).hasSize(1);
            assertThat(emails.providers().get(0).quotas().get(0).left()).isEqualTo(97);
            Duration start = elapsed();
            emails.send(email().build());
            assertThat(elapsed().minus(start))
                    .as("3 of a burst of 2, and one more")
                    .isEqualTo(Duration.ofMillis(100));
        }
    }

    @Test
    void whatIsLeftOfAQuotaIsUsedByEachWhereItIsTooLittleForAll() {
        ScriptedBulkProvider bulk = new ScriptedBulkProvider("bulk");
        try (EmailService emails =
                service().provider(bulk, p -> p.dailyQuota(2)).build()) {
            List<SendResult> results = emails.sendAll(
                    IntStream.range(0, 3).mapToObj(i -> email().build()).toList(), Bulk.ALLOWED);

            assertThat(bulk.requests).isEmpty();
            assertThat(results)
                    .filteredOn(SendResult.Accepted.class::isInstance)
                    .hasSize(2);
            assertThat(results).filteredOn(SendResult.NotSent.class::isInstance).hasSize(1);
        }
    }

    @Test
    void whatIsFoundAtTheServiceActsAsIfItWereConfigured() {
        Route route = new Route(only, new ProviderSettings().rate(50).dailyQuota(1_000), around());
        route.found(new AccountLimits(OptionalDouble.of(1), OptionalLong.of(10), 8));
        Attempt.Context context = new Attempt.Context(
                "mr1", 1, time.time().nanos() + 1_000_000_000, time.time().nanoTime());

        assertThat(route.send(email().build(), context, Duration.ZERO)).isInstanceOf(GatedProvider.Answer.Tried.class);
        assertThat(route.gates().now(email().build()).orElseThrow().reason()).isEqualTo(Skipped.Reason.RATE_LIMITED);
        time.pass(Duration.ofSeconds(1));
        assertThat(route.gates().now(email().build())).isEmpty();
        assertThat(route.gates()
                        .now(email().cc("bob@example.org").build())
                        .orElseThrow()
                        .reason())
                .isEqualTo(Skipped.Reason.QUOTA_USED);
        route.found(new AccountLimits(OptionalDouble.empty(), OptionalLong.of(10), 10));
        assertThat(route.state().state()).isEqualTo(HealthState.QUOTA_EXHAUSTED);
    }

    private Route.Surroundings around() {
        Seldom seldom = new Seldom(time.time());
        return new Route.Surroundings(
                ForkJoinPool.commonPool(),
                null,
                new Switchboard(List.of("only"), Set.of(), null, time.time(), seldom),
                event -> {},
                GuardedTracer.NONE,
                new BreakerSettings(),
                time.time(),
                new Random(1),
                time::pass,
                seldom);
    }
}
