package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.health.Fleet;
import io.mailrouter.health.FleetSnapshot;
import io.mailrouter.health.HealthState;
import io.mailrouter.health.Signal;
import io.mailrouter.limit.Hold;
import io.mailrouter.limit.QuotaUse;
import io.mailrouter.limit.WarmUp;
import io.mailrouter.provider.Outcome;
import io.mailrouter.route.Candidate;
import io.mailrouter.route.Routing;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class QuotaTest {

    private static final Instant TOMORROW = Instant.parse("2026-01-02T00:00:00Z");

    private final VirtualTime time = new VirtualTime();
    private final ScriptedProvider first = new ScriptedProvider("first");
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

    private static ProviderStatus status(EmailService emails) {
        return emails.providers().get(0);
    }

    @Test
    void aUsedUpQuotaIsPassedOverUntilTheNextDay() {
        EmailServiceBuilder two =
                service().provider(first, p -> p.dailyQuota(3)).provider(second);
        try (EmailService emails = two.build()) {
            emails.send(email().cc("bob@example.org").build());
            assertThat(emails.send(email().cc("bob@example.org").build()).provider())
                    .as("one is left for two recipients")
                    .isEqualTo("second");
            assertThat(status(emails).state()).isEqualTo(HealthState.UP);
            assertThat(emails.send(email().build()).provider()).isEqualTo("first");

            SendResult.Accepted other = emails.send(email().build());
            assertThat(other.provider()).isEqualTo("second");
            assertThat(other.trail().skipped()).singleElement().satisfies(skip -> {
                assertThat(skip.reason()).isEqualTo(Skipped.Reason.QUOTA_USED);
                assertThat(skip.until()).hasValue(TOMORROW);
            });
            assertThat(status(emails).state()).isEqualTo(HealthState.QUOTA_EXHAUSTED);
            assertThat(status(emails).reason()).isEqualTo("quota used up: day");
            assertThat(status(emails).since()).isEqualTo(time.now());
            assertThat(status(emails).until()).hasValue(TOMORROW);
            time.pass(Duration.ofDays(1));
            assertThat(emails.send(email().build()).provider()).isEqualTo("first");
            assertThat(status(emails).state()).isEqualTo(HealthState.UP);
        }
    }

    @Test
    void theMonthlyQuotaCountsToo() {
        EmailServiceBuilder one =
                service().provider(first, p -> p.monthlyQuota(2).dailyQuota(10));
        try (EmailService emails = one.build()) {
            emails.send(email().build());
            emails.send(email().build());
            time.pass(Duration.ofDays(20));

            assertThat(emails.trySend(email().build()))
                    .isInstanceOfSatisfying(
                            SendResult.NotSent.class,
                            notSent -> assertThat(notSent.retryAt()).hasValue(Instant.parse("2026-02-01T00:00:00Z")));
            assertThat(status(emails).quotas())
                    .extracting(QuotaUse::window)
                    .containsExactly(QuotaUse.Window.DAY, QuotaUse.Window.MONTH);
        }
    }

    @Test
    void onlyWhatWasSentOrMayHaveBeenCounts() {
        first.next(
                new Outcome.Unavailable("refused", ""),
                new Outcome.Rejected("bad_recipient", ""),
                new Outcome.Unknown("timeout", ""),
                new Outcome.Partial(
                        "m", List.of(new Outcome.Refusal(email().build().to().get(0), "smtp_550", "", false))));
        try (EmailService emails =
                service().provider(first, p -> p.dailyQuota(10)).build()) {
            emails.trySend(email().build());
            emails.trySend(email().build());
            assertThat(status(emails).quotas().get(0).left()).isEqualTo(10);
            emails.trySend(email().build());
            assertThat(status(emails).quotas().get(0).left()).isEqualTo(9);
            emails.trySend(email().cc("bob@example.org").build());
            assertThat(status(emails).quotas().get(0).left()).isEqualTo(8);
        }
    }

    @Test
    @DisplayName("T1 a wall clock that jumps an hour neither loses nor doubles a day's quota")
    void aJumpOfTheWallClockGivesNothing() {
        try (EmailService emails =
                service().provider(first, p -> p.dailyQuota(1)).build()) {
            emails.send(email().build());
            time.pass(Duration.ofMinutes(23 * 60 + 30));
            time.jumpWallClock(Duration.ofHours(1));
            assertThat(emails.trySend(email().build())).isInstanceOf(SendResult.NotSent.class);
            time.jumpWallClock(Duration.ofHours(-2));
            time.pass(Duration.ofMinutes(30));
            assertThat(emails.trySend(email().build())).isInstanceOf(SendResult.Accepted.class);
            time.pass(Duration.ofHours(1));
            assertThat(emails.trySend(email().build())).isInstanceOf(SendResult.NotSent.class);
        }
    }

    @Test
    void aQuotaThatRunsShortSparesTheProvider() {
        try (EmailService emails = service()
                .provider(first, p -> p.dailyQuota(100))
                .provider(second)
                .build()) {
            time.pass(Duration.ofHours(12));
            assertThat(pressure(emails)).isEqualTo(1);
            for (int i = 0; i < 75; i++) {
                emails.send(email().build());
            }
            assertThat(pressure(emails)).as("25 are left where 50 were due").isCloseTo(2, within(0.01));
        }
    }

    private static double pressure(EmailService emails) {
        return emails.route(email().build()).ranked().get(0).candidate().quotaPressure();
    }

    /** Knows what all nodes have used. */
    private static final class KnownFleet implements Fleet {

        private volatile FleetSnapshot snapshot = FleetSnapshot.none();

        void used(long today, long takenAt) {
            FleetSnapshot.Provider all = new FleetSnapshot.Provider(0, 0, 0, 0, 0, Duration.ZERO, today, today);
            snapshot = new FleetSnapshot(true, 2, Map.of("first", all), takenAt);
        }

        @Override
        public void register(String provider) {}

        @Override
        public void record(String provider, Signal signal, Duration elapsed, int recipients) {}

        @Override
        public FleetSnapshot snapshot() {
            return snapshot;
        }

        @Override
        public void close() {}
    }

    @Test
    void whatOtherNodesHaveUsedCounts() {
        KnownFleet fleet = new KnownFleet();
        EmailServiceBuilder one = service().fleet(fleet).provider(first, p -> p.dailyQuota(10));
        try (EmailService emails = one.build()) {
            emails.send(email().build());
            fleet.used(8, 1);
            emails.send(email().build());
            emails.send(email().build());
            assertThat(emails.trySend(email().build())).isInstanceOf(SendResult.NotSent.class);
            fleet.used(9, 2);
            assertThat(emails.trySend(email().build())).isInstanceOf(SendResult.Accepted.class);
        }
    }

    /** The second sees to ramps by itself, and would never ask for a hundredth of a provider. */
    static Stream<Routing> strategies() {
        Routing fixed = Routing.inOrder();
        Routing ramping = new Routing() {
            @Override
            public List<Candidate> rank(Email email, List<Candidate> eligible) {
                return eligible;
            }

            @Override
            public boolean ramps() {
                return true;
            }
        };
        return Stream.of(fixed, ramping);
    }

    @ParameterizedTest
    @MethodSource("strategies")
    void aNewProviderGetsItsShareByChanceWhateverTheStrategy(Routing strategy) {
        WarmUp warmUp = WarmUp.startingOn(LocalDate.of(2026, 1, 2)).shares(0.1, 0.5);
        EmailServiceBuilder two =
                service().provider(first, p -> p.warmUp(warmUp)).provider(second);
        try (EmailService emails = two.build()) {
            int[] taken = new int[4];
            for (int day = 0; day < 4; day++) {
                for (int i = 0; i < 1_000; i++) {
                    taken[day] += emails.send(email().build()).provider().equals("first") ? 1 : 0;
                }
                time.pass(Duration.ofDays(1));
            }

            assertThat(taken[0]).isZero();
            assertThat(taken[1]).isBetween(70, 130);
            assertThat(taken[2]).isBetween(440, 560);
            assertThat(taken[3]).isEqualTo(1_000);
        }
    }

    @Test
    void aNewProviderGetsNoMoreThanItsCapOfTheDay() {
        WarmUp warmUp = WarmUp.startingOn(LocalDate.of(2026, 1, 1)).dailyCaps(5, 20);
        EmailServiceBuilder two =
                service().provider(first, p -> p.warmUp(warmUp)).provider(second);
        try (EmailService emails = two.build()) {
            for (int day = 0; day < 3; day++) {
                for (int i = 0; i < 50; i++) {
                    emails.send(email().build());
                }
                assertThat(first.attempts).hasSize(List.of(5, 25, 75).get(day));
                time.pass(Duration.ofDays(1));
            }
        }
        assertThatThrownBy(() -> new ProviderSettings().warmUp(WarmUp.startingOn(LocalDate.EPOCH)))
                .hasMessageContaining("warmUp names no day");
    }

    @Test
    void showsEachHoldWithItsReasonAndItsTimes() {
        first.next(
                new Outcome.Misconfigured("identity", "", Outcome.Scope.SENDER),
                new Outcome.Throttled("throttling", "", Optional.of(Duration.ofSeconds(5))));
        try (EmailService emails = service().provider(first).provider(second).build()) {
            emails.send(email().from("a@unverified.example").build());
            emails.send(email().build());

            Instant now = time.now();
            assertThat(status(emails).holds()).hasSize(2);
            Hold all = status(emails).holds().get(0);
            assertThat(all.kind()).isEqualTo(Hold.Kind.THROTTLED);
            assertThat(all.code()).isEqualTo("throttling");
            assertThat(all.since()).isEqualTo(now);
            assertThat(all.until()).isEqualTo(now.plusSeconds(5));
            assertThat(all.senderDomain()).isEmpty();
            assertThat(status(emails).holds().get(1).senderDomain()).isEqualTo("unverified.example");
        }
    }

    @Test
    void quotasAndRatesThatChangeWhileItRunsKeepWhatIsUsed() {
        try (EmailService emails =
                service().provider(first, p -> p.dailyQuota(2)).build()) {
            emails.send(email().build());
            emails.send(email().build());
            emails.operations()
                    .change("first", p -> p.dailyQuota(3).monthlyQuota(5).rate(7));

            assertThat(status(emails).quotas()).extracting(QuotaUse::left).containsExactly(1L, 3L);
            assertThat(status(emails).rate()).hasValue(7);
            assertThatThrownBy(() -> emails.operations()
                            .change("first", p -> p.dailyQuota(9).rate(-1)))
                    .hasMessageContaining("rate is -1.0");
            assertThat(status(emails).quotas()).extracting(QuotaUse::left).containsExactly(1L, 3L);
            emails.send(email().build());
            assertThat(emails.trySend(email().build())).isInstanceOf(SendResult.NotSent.class);
        }
    }

    @Test
    void refusesQuotasThatAreNone() {
        ProviderSettings settings = new ProviderSettings();

        assertThatThrownBy(() -> settings.dailyQuota(0)).hasMessageContaining("dailyQuota is 0");
        assertThatThrownBy(() -> settings.monthlyQuota(-1)).hasMessageContaining("monthlyQuota is -1");
        assertThatThrownBy(() -> settings.rate(0)).hasMessageContaining("rate is 0.0");
    }
}
