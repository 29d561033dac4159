package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.mailrouter.email.Email;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.health.HealthState;
import io.mailrouter.health.Order;
import io.mailrouter.health.StandingOrder;
import io.mailrouter.provider.Outcome;
import io.mailrouter.route.Candidate;
import io.mailrouter.route.Routing;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OperationsTest {

    private static final Duration HALF_AN_HOUR = Duration.ofMinutes(30);
    private static final Duration LONG = Duration.ofSeconds(30);

    private final VirtualTime time = new VirtualTime();
    private final ScriptedProvider ses = new ScriptedProvider("ses");
    private final ScriptedProvider sendGrid = new ScriptedProvider("sendgrid");
    private final List<EmailEvent> events = new CopyOnWriteArrayList<>();
    private final EmailService emails = service(settings -> {});
    private final Operations operations = emails.operations();

    private EmailService service(Consumer<EmailServiceBuilder> more) {
        EmailServiceBuilder builder = EmailService.builder()
                .routing(Routing.inOrder())
                .provider(ses)
                .provider(sendGrid)
                .routing(Routing.inOrder())
                .listener(events::add)
                .time(time.time());
        more.accept(builder);
        return builder.build();
    }

    @AfterEach
    void close() {
        emails.close();
    }

    private static Email email() {
        return Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .text("hello")
                .build();
    }

    private ProviderStatus status(String name) {
        return emails.providers().stream()
                .filter(status -> status.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** Returns the orders that were told so far; a last one shows that all before it have been heard. */
    private List<EmailEvent.Operated> operated() {
        operations.change("sendgrid", settings -> settings.weight(0.999));
        await().atMost(LONG).until(() -> told().stream().anyMatch(OperationsTest::isLast));
        return told().stream().filter(order -> !isLast(order)).toList();
    }

    private static boolean isLast(EmailEvent.Operated order) {
        return order.provider().equals("sendgrid") && order.operation().equals("change");
    }

    private List<EmailEvent.Operated> told() {
        return events.stream()
                .filter(EmailEvent.Operated.class::isInstance)
                .map(EmailEvent.Operated.class::cast)
                .toList();
    }

    @Test
    @DisplayName("T13 the kill switch: no new attempt from then on, reason and end are shown, and it ends by itself")
    void disablesForATime() {
        emails.send(email());
        operations.disable("ses", "incident 42", HALF_AN_HOUR);
        SendResult.Accepted sent = emails.send(email());

        assertThat(ses.attempts).hasSize(1);
        assertThat(sent.provider()).isEqualTo("sendgrid");
        Skipped skip = sent.trail().skipped().get(0);
        assertThat(skip.provider()).isEqualTo("ses");
        assertThat(skip.reason()).isEqualTo(Skipped.Reason.DISABLED);
        assertThat(skip.detail()).isEqualTo("incident 42");
        assertThat(skip.until().orElseThrow()).isCloseTo(time.now().plus(HALF_AN_HOUR), within(1, ChronoUnit.SECONDS));
        assertThat(status("ses").state()).isEqualTo(HealthState.DISABLED);
        assertThat(status("ses").reason()).isEqualTo("incident 42");
        assertThat(status("ses").until()).isEqualTo(skip.until());
        assertThat(status("ses").orders()).extracting(StandingOrder::kind).containsExactly(Order.Kind.DISABLED);

        time.pass(HALF_AN_HOUR);
        assertThat(emails.send(email()).provider()).isEqualTo("ses");
        assertThat(status("ses").state()).isEqualTo(HealthState.UP);
        assertThat(status("ses").orders()).isEmpty();
    }

    @Test
    @DisplayName("T1 T13 a jump of the wall clock neither ends an order nor lengthens it")
    void endsByTheMonotonicClock() {
        operations.disable("ses", "incident 42", HALF_AN_HOUR);
        time.jumpWallClock(Duration.ofHours(1));
        assertThat(emails.send(email()).provider()).isEqualTo("sendgrid");

        time.jumpWallClock(Duration.ofHours(-2));
        time.pass(HALF_AN_HOUR);
        assertThat(emails.send(email()).provider()).isEqualTo("ses");
    }

    @Test
    @DisplayName("T13 a send that has ranked already sees the switch at its attempt")
    void stopsASendThatIsUnderWay() {
        EmailService[] late = new EmailService[1];
        late[0] = service(builder -> builder.routing((email, eligible) -> {
            late[0].operations().disable("ses", "just now", HALF_AN_HOUR);
            return eligible;
        }));
        try (EmailService own = late[0]) {
            SendResult.Accepted sent = own.send(email());

            assertThat(ses.attempts).isEmpty();
            assertThat(sent.provider()).isEqualTo("sendgrid");
            assertThat(sent.trail().skipped())
                    .extracting(Skipped::reason, Skipped::detail)
                    .containsExactly(tuple(Skipped.Reason.DISABLED, "just now"));
        }
    }

    @Test
    void anHourIsTheDefault() {
        operations.disable("ses", "incident 42");
        time.pass(Duration.ofMinutes(59));
        assertThat(emails.send(email()).provider()).isEqualTo("sendgrid");

        time.pass(Duration.ofMinutes(1));
        assertThat(emails.send(email()).provider()).isEqualTo("ses");
    }

    @Test
    void enableEndsAnOrderBeforeItsTime() {
        operations.disable("ses", "incident 42", HALF_AN_HOUR);
        operations.enable("ses");
        assertThat(emails.send(email()).provider()).isEqualTo("ses");

        operations.forceOpen("ses", "incident 43", HALF_AN_HOUR);
        operations.enable("ses");
        assertThat(emails.send(email()).provider()).isEqualTo("ses");
    }

    @Test
    @DisplayName("T12 an unknown name is an error that lists the known ones, and nothing is created")
    void knowsItsProvidersOnly() {
        assertThatThrownBy(() -> operations.disable("sess", "incident 42", HALF_AN_HOUR))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[ses, sendgrid]");
        assertThatThrownBy(() -> operations.enable("")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> operations.weight("sess", 2, "more", HALF_AN_HOUR))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> operations.reset("sess", "anew")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> operations.drain("sess", "update", HALF_AN_HOUR, Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> operations.change("sess", settings -> settings.weight(2)))
                .isInstanceOf(IllegalArgumentException.class);

        assertThat(emails.providers())
                .hasSize(2)
                .allMatch(status -> status.orders().isEmpty());
        operations.enable("ses");
        assertThat(operated()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  ", "two\nlines", "escape \u001b[31m", "nul\u0000"})
    void aReasonIsRequiredAndPlain(String reason) {
        assertThatThrownBy(() -> operations.disable("ses", reason, HALF_AN_HOUR))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("reason")
                .hasMessageNotContaining("lines");
        assertThat(emails.send(email()).provider()).isEqualTo("ses");
    }

    @Test
    void everyValueHasItsRange() {
        operations.disable("ses", "x".repeat(200), Duration.ofDays(7));
        assertThatThrownBy(() -> operations.disable("ses", "x".repeat(201), HALF_AN_HOUR))
                .hasMessageContaining("200");
        assertThatThrownBy(() -> operations.disable("ses", "incident", Duration.ofDays(8)))
                .hasMessageContaining("expiry is PT192H: PT0.001S to PT168H is needed");
        assertThatThrownBy(() -> operations.disable("ses", "incident", Duration.ZERO))
                .hasMessageContaining("expiry is PT0S");
        assertThatThrownBy(() -> operations.weight("ses", 0, "less", HALF_AN_HOUR))
                .hasMessageContaining("weight is 0.0: 0.001 to 1000.0 is needed");
        assertThatThrownBy(() -> operations.drain("ses", "update", HALF_AN_HOUR, Duration.ofSeconds(-1)))
                .hasMessageContaining("wait is PT-1S");
    }

    @Test
    @DisplayName("T14 the last provider that is not stopped is not stopped without force")
    void protectsTheLastProvider() {
        operations.disable("ses", "incident 42", HALF_AN_HOUR);

        assertThatThrownBy(() -> operations.disable("sendgrid", "incident 43", HALF_AN_HOUR))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("'sendgrid' is the last", "forced()");
        assertThatThrownBy(() -> operations.forceOpen("sendgrid", "incident 43", HALF_AN_HOUR))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> operations.drain("sendgrid", "update", HALF_AN_HOUR, Duration.ZERO))
                .isInstanceOf(IllegalStateException.class);
        assertThat(emails.send(email()).provider()).isEqualTo("sendgrid");
        operations.disable("ses", "it takes longer", HALF_AN_HOUR.multipliedBy(2));
        operations.forced().disable("sendgrid", "incident 43", HALF_AN_HOUR);
        assertThat(emails.trySend(email())).isInstanceOf(SendResult.NotSent.class);
        assertThat(operated()).extracting(EmailEvent.Operated::provider).containsExactly("ses", "ses", "sendgrid");

        time.pass(HALF_AN_HOUR);
        assertThat(emails.send(email()).provider()).isEqualTo("sendgrid");
        assertThatThrownBy(() -> operations.disable("sendgrid", "once more", HALF_AN_HOUR))
                .isInstanceOf(IllegalStateException.class);
        time.pass(HALF_AN_HOUR);
        operations.disable("sendgrid", "the other one is back", HALF_AN_HOUR);
        assertThat(emails.send(email()).provider()).isEqualTo("ses");
    }

    @Test
    @DisplayName("T14 of two threads that stop the last two providers at once, exactly one is refused")
    void refusesOneOfTwoAtOnce() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            for (int round = 0; round < 300; round++) {
                CyclicBarrier start = new CyclicBarrier(2);
                Future<Boolean> first = threads.submit(() -> stopped("ses", start));
                Future<Boolean> second = threads.submit(() -> stopped("sendgrid", start));

                assertThat(first.get(30, TimeUnit.SECONDS) ^ second.get(30, TimeUnit.SECONDS))
                        .isTrue();
                operations.enable("ses");
                operations.enable("sendgrid");
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private boolean stopped(String provider, CyclicBarrier start) throws Exception {
        start.await(30, TimeUnit.SECONDS);
        try {
            operations.disable(provider, "race", HALF_AN_HOUR);
            return true;
        } catch (IllegalStateException refused) {
            return false;
        }
    }

    @Test
    void nobodyIsSentAwayForLongBecauseOfAnOrder() {
        operations.disable("ses", "incident 42", HALF_AN_HOUR);
        operations.forced().disable("sendgrid", "incident 42", Duration.ofSeconds(90));
        SendResult.NotSent notSent = (SendResult.NotSent) emails.trySend(email());

        assertThat(ses.attempts).isEmpty();
        assertThat(notSent.retryAt()).hasValue(time.now().plus(Duration.ofMinutes(1)));
    }

    @Test
    void anotherWeightCountsForATime() {
        List<Double> seen = new CopyOnWriteArrayList<>();
        try (EmailService own = service(builder -> builder.routing((email, eligible) -> {
            eligible.stream().map(Candidate::weight).forEach(seen::add);
            return eligible;
        }))) {
            own.operations().weight("sendgrid", 0.25, "too many bounces", HALF_AN_HOUR);
            own.send(email());
            assertThat(own.providers().get(1).weight()).isEqualTo(0.25);
            assertThat(own.providers().get(1).state()).isEqualTo(HealthState.UP);
            time.pass(HALF_AN_HOUR);
            own.send(email());

            assertThat(seen).containsExactly(1.0, 0.25, 1.0, 1.0);
        }
    }

    @Test
    void aForcedOpenProviderIsLeftAloneUntilItsTimeIsOver() {
        operations.forceOpen("ses", "brown-out", HALF_AN_HOUR);
        SendResult.Accepted sent = emails.send(email());

        assertThat(sent.trail().skipped())
                .extracting(Skipped::reason, Skipped::detail)
                .containsExactly(tuple(Skipped.Reason.OPEN, "forced open: brown-out"));
        assertThat(status("ses").state()).isEqualTo(HealthState.DOWN);
        assertThat(status("ses").reason()).isEqualTo("forced open: brown-out");
        time.pass(HALF_AN_HOUR.minusSeconds(1));
        emails.send(email());
        assertThat(ses.attempts).as("no trial either").isEmpty();
        time.pass(Duration.ofSeconds(1));
        assertThat(emails.send(email()).provider()).isEqualTo("ses");
    }

    @Test
    void resetForgetsBreakerHoldsAndOrders() {
        ses.always(new Outcome.Unavailable("down", "it is down"));
        for (int i = 0; i < 5; i++) {
            emails.send(email());
        }
        assertThat(status("ses").state()).isEqualTo(HealthState.DOWN);
        ses.script = (email, context) -> new Outcome.Accepted("m");
        operations.reset("ses", "repaired");
        assertThat(status("ses").state()).isEqualTo(HealthState.UP);
        assertThat(emails.send(email()).provider()).isEqualTo("ses");

        ses.next(new Outcome.QuotaExhausted("quota", "used up"));
        emails.send(email());
        assertThat(status("ses").holds()).hasSize(1);
        operations.weight("ses", 3, "more", HALF_AN_HOUR);
        operations.disable("ses", "incident", HALF_AN_HOUR);
        operations.reset("ses", "quota raised");
        assertThat(status("ses").state()).isEqualTo(HealthState.UP);
        assertThat(status("ses").holds()).isEmpty();
        assertThat(status("ses").orders()).isEmpty();
        assertThat(status("ses").weight()).isEqualTo(1);
        assertThat(emails.send(email()).provider()).isEqualTo("ses");
    }

    private static double errorRate(EmailService own) {
        return own.route(email()).ranked().stream()
                .map(RoutePlan.Choice::candidate)
                .filter(candidate -> candidate.name().equals("ses"))
                .mapToDouble(Candidate::errorRate)
                .sum();
    }

    @Test
    void resetForgetsLatencyAndFailuresSoThatTheProviderIsChosenAgainAtOnce() {
        try (EmailService own = service(builder -> builder.routing(Routing.latencyAware()))) {
            own.send(email());
            ses.always(new Outcome.Unavailable("down", "it is down"));
            for (int i = 0; i < 10; i++) {
                own.send(email());
            }
            ses.script = (email, context) -> new Outcome.Accepted("m");
            assertThat(errorRate(own)).isPositive();
            own.operations().reset("ses", "repaired");

            assertThat(errorRate(own)).isZero();
            assertThat(own.providers().get(0).latency()).isZero();
            assertThat(own.providers().get(0).failed()).as("counts go on").isPositive();
        }
    }

    @Test
    void drainWaitsForTheLastCallUnderWay() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);
        ses.script = (email, context) -> {
            begun.countDown();
            awaitQuietly(answer);
            return new Outcome.Accepted("m");
        };
        CompletableFuture<SendResult> sending = emails.sendAsync(email());
        assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
        boolean atOnce = operations.drain("ses", "update", HALF_AN_HOUR, Duration.ofMillis(20));
        CompletableFuture<Boolean> drained =
                CompletableFuture.supplyAsync(() -> operations.drain("ses", "update", HALF_AN_HOUR, LONG));
        assertThat(emails.send(email()).provider()).isEqualTo("sendgrid");
        assertThat(drained).isNotDone();
        answer.countDown();

        assertThat(atOnce).isFalse();
        assertThat(drained.get(30, TimeUnit.SECONDS)).isTrue();
        assertThat(sending.get(30, TimeUnit.SECONDS)).isInstanceOf(SendResult.Accepted.class);
        assertThat(ses.attempts).hasSize(1);
    }

    @Test
    void whoWaitsForADrainKeepsNobodyFromAProviderThatIsEnabledAgain() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);
        ses.script = (email, context) -> {
            begun.countDown();
            awaitQuietly(answer);
            return new Outcome.Accepted("m");
        };
        CompletableFuture<SendResult> sending = emails.sendAsync(email());
        assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
        CompletableFuture<Boolean> drained = new CompletableFuture<>();
        Thread drain = new Thread(() -> drained.complete(operations.drain("ses", "update", HALF_AN_HOUR, LONG)));
        drain.start();
        await().atMost(LONG).until(() -> drain.getState() == Thread.State.TIMED_WAITING);
        ses.script = (email, context) -> new Outcome.Accepted("m");
        operations.enable("ses");
        SendResult.Accepted sent = emails.send(email());
        int inFlight = status("ses").inFlight();
        answer.countDown();

        assertThat(sent.provider()).isEqualTo("ses");
        assertThat(inFlight).isEqualTo(1);
        assertThat(drained.get(30, TimeUnit.SECONDS)).isTrue();
        assertThat(sending.get(30, TimeUnit.SECONDS)).isInstanceOf(SendResult.Accepted.class);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    @DisplayName("T3 an interrupted drain stops waiting, keeps the flag, and the provider stays off")
    void drainIsInterruptible() {
        Thread.currentThread().interrupt();
        boolean drained = operations.drain("ses", "update", HALF_AN_HOUR, LONG);

        assertThat(Thread.interrupted()).isTrue();
        assertThat(drained).isFalse();
        assertThat(status("ses").state()).isEqualTo(HealthState.DISABLED);
    }

    @Test
    @DisplayName("T11 a bad new configuration at run time leaves the old one whole")
    void keepsTheOldSettingsWhenTheNewOnesAreBad() {
        operations.change("ses", settings -> settings.weight(3).senderDomains("example.com"));
        assertThat(status("ses").weight()).isEqualTo(3);
        assertThatThrownBy(() -> operations.change(
                        "ses",
                        settings ->
                                settings.senderDomains("example.net").weight(5).timeout(Duration.ZERO)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("timeout is PT0S");
        assertThatThrownBy(() ->
                        operations.change("ses", settings -> settings.weight(7).maxInFlight(3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("maxInFlight cannot change while the service runs: it stays 64");

        assertThat(status("ses").weight()).isEqualTo(3);
        Email elsewhere = Email.builder()
                .from("shop@example.net")
                .to("ada@example.org")
                .text("hello")
                .build();
        assertThat(emails.send(elsewhere).provider()).isEqualTo("sendgrid");
        assertThat(operated()).extracting(EmailEvent.Operated::operation).containsExactly("change");
    }

    @Test
    void aChangeIsOverWhenItsMethodHasReturned() {
        ProviderSettings[] kept = new ProviderSettings[1];
        operations.change("ses", settings -> kept[0] = settings.weight(3));
        kept[0].weight(9);

        assertThat(status("ses").weight()).isEqualTo(3);
    }

    @Test
    void aChangedTimeoutBoundsTheNextAttempt() {
        operations.change("ses", settings -> settings.timeout(Duration.ofSeconds(2)));
        emails.send(email());

        assertThat(ses.attempts.get(0).remaining()).isEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void isSwitchedOffFromTheStartWithoutAnEnd() {
        try (EmailService own = service(builder -> builder.disabled("ses"))) {
            time.pass(Duration.ofDays(30));
            SendResult.Accepted sent = own.send(email());
            assertThat(sent.provider()).isEqualTo("sendgrid");
            assertThat(sent.trail().skipped())
                    .extracting(Skipped::reason, Skipped::detail, Skipped::until)
                    .containsExactly(tuple(Skipped.Reason.DISABLED, "configured", Optional.empty()));
            assertThatThrownBy(() -> own.operations().disable("sendgrid", "incident", HALF_AN_HOUR))
                    .isInstanceOf(IllegalStateException.class);

            own.operations().disable("ses", "incident", HALF_AN_HOUR);
            time.pass(HALF_AN_HOUR);
            assertThat(own.providers().get(0).reason()).isEqualTo("configured");
            own.operations().enable("ses");
            assertThat(own.send(email()).provider()).isEqualTo("ses");
        }
    }

    @Test
    @DisplayName("T12 T14 who is disabled from the start is known, and not everyone")
    void checksWhoIsDisabledFromTheStart() {
        assertThatThrownBy(() -> service(builder -> builder.disabled("sess")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[ses, sendgrid]");
        assertThatThrownBy(() -> service(builder -> builder.disabled("ses", "sendgrid")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("disabled names every provider");
    }

    @Test
    void everyOperationIsAnEvent() {
        operations.disable("ses", "incident 42", HALF_AN_HOUR);
        operations.enable("ses");
        operations.weight("ses", 2, "more", HALF_AN_HOUR);
        operations.forceOpen("ses", "brown-out", HALF_AN_HOUR);
        operations.reset("ses", "repaired");
        operations.drain("ses", "update", HALF_AN_HOUR, Duration.ZERO);
        operations.change("ses", settings -> settings.weight(2));

        assertThat(operated())
                .extracting(
                        EmailEvent.Operated::operation,
                        EmailEvent.Operated::reason,
                        o -> o.until().isPresent())
                .containsExactly(
                        tuple("disable", "incident 42", true),
                        tuple("enable", "", false),
                        tuple("weight", "more", true),
                        tuple("force_open", "brown-out", true),
                        tuple("reset", "repaired", false),
                        tuple("drain", "update", true),
                        tuple("change", "", false));
        assertThat(events)
                .filteredOn(EmailEvent.ProviderStateChanged.class::isInstance)
                .first()
                .isEqualTo(new EmailEvent.ProviderStateChanged("ses", "up", "disabled", "incident 42"));
    }

    @Test
    void aClosedServiceTakesNoOrders() {
        emails.close();

        assertThatThrownBy(() -> operations.disable("ses", "incident", HALF_AN_HOUR))
                .isInstanceOf(EmailServiceClosedException.class);
    }
}
