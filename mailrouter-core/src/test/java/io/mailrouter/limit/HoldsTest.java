package io.mailrouter.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class HoldsTest {

    private final AtomicLong nanos = new AtomicLong();
    private final Holds holds = new Holds(() -> Instant.EPOCH.plusNanos(nanos.get()), nanos::get, new Random(7));

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    private static Outcome throttled(Duration hint) {
        return new Outcome.Throttled("throttled", "", Optional.ofNullable(hint));
    }

    @Test
    @DisplayName("P8 a hint is kept to")
    void keepsToAHint() {
        holds.after("example.com", throttled(Duration.ofSeconds(5)));

        pass(Duration.ofMillis(4_999));
        assertThat(holds.on("example.com")).get().extracting(Hold::kind).isEqualTo(Hold.Kind.THROTTLED);
        pass(Duration.ofMillis(2));
        assertThat(holds.on("example.com")).isEmpty();
    }

    @Test
    @DisplayName("P10 a hint of ten years is capped at a minute, one below zero is none")
    void capsSillyHints() {
        holds.after("example.com", throttled(Duration.ofDays(3_650)));
        pass(Duration.ofSeconds(61));
        assertThat(holds.onAll()).isEmpty();

        holds.after("example.com", throttled(Duration.ofSeconds(-1)));
        assertThat(holds.onAll()).isPresent();
        pass(Duration.ofSeconds(2));
        assertThat(holds.onAll()).isEmpty();
    }

    @Test
    @DisplayName("P9 without a hint the pause doubles at random up to 30 s, and begins anew after a success")
    void backsOffWithoutAHint() {
        long longest = 0;
        for (int i = 0; i < 200; i++) {
            Hold hold = holds.after("example.com", throttled(null)).orElseThrow();
            long pause = hold.deadline() - nanos.get();
            assertThat(pause).isBetween(1L, Math.min(30, 1L << Math.min(i, 5)) * 1_000_000_000L);
            longest = Math.max(longest, pause);
            pass(Duration.ofNanos(pause));
        }
        assertThat(longest).isGreaterThan(Duration.ofSeconds(15).toNanos());

        holds.after("example.com", new Outcome.Accepted("m"));
        Hold first = holds.after("example.com", throttled(null)).orElseThrow();
        assertThat(first.deadline() - nanos.get()).isLessThanOrEqualTo(1_000_000_000L);
    }

    @Test
    void answersOfCallsUnderWayDoNotDoubleThePause() {
        for (int i = 0; i < 64; i++) {
            holds.after("example.com", throttled(null));
        }

        pass(Duration.ofSeconds(1));
        assertThat(holds.onAll()).isEmpty();
    }

    @Test
    void aShorterHoldDoesNotCutALongerOne() {
        holds.after("example.com", new Outcome.QuotaExhausted("quota", ""));
        holds.after("example.com", throttled(Duration.ofSeconds(1)));

        pass(Duration.ofMinutes(9));
        assertThat(holds.onAll()).get().extracting(Hold::kind).isEqualTo(Hold.Kind.QUOTA_EXHAUSTED);
        pass(Duration.ofMinutes(2));
        assertThat(holds.onAll()).isEmpty();
    }

    @Test
    void aSenderThatIsNotVerifiedHoldsOnlyItsDomain() {
        holds.after("bad.example", new Outcome.Misconfigured("identity", "", Outcome.Scope.SENDER));

        assertThat(holds.on("bad.example")).isPresent();
        assertThat(holds.on("good.example")).isEmpty();
        assertThat(holds.onAll()).isEmpty();
        assertThat(holds.onSomeSender()).isPresent();
        pass(Duration.ofMinutes(5).plusMillis(1));
        assertThat(holds.on("bad.example")).isEmpty();
    }

    @Test
    @DisplayName("P14 a wrong credential holds everything for five minutes")
    void aWrongCredentialHoldsEverything() {
        holds.after("a.example", new Outcome.Misconfigured("credential", "", Outcome.Scope.ACCOUNT));

        assertThat(holds.on("b.example")).get().extracting(Hold::kind).isEqualTo(Hold.Kind.MISCONFIGURED);
        pass(Duration.ofMinutes(5).plusMillis(1));
        assertThat(holds.on("b.example")).isEmpty();
    }

    @Test
    @DisplayName("P14 a hold that is made longer is told once, and has lasted since it began")
    void aHoldThatIsMadeLongerIsStillTheSame() {
        Outcome wrong = new Outcome.Misconfigured("credential", "", Outcome.Scope.ACCOUNT);
        assertThat(holds.after("a.example", wrong)).isPresent();
        pass(Duration.ofMinutes(4));
        assertThat(holds.after("a.example", wrong)).as("no news").isEmpty();

        assertThat(holds.onAll()).get().extracting(Hold::since).isEqualTo(Instant.EPOCH);
        assertThat(holds.onAll()).get().extracting(Hold::until).isEqualTo(Instant.EPOCH.plusSeconds(540));
        assertThat(holds.after("a.example", new Outcome.QuotaExhausted("quota", "")))
                .as("another kind is another hold")
                .get()
                .extracting(Hold::since)
                .isEqualTo(Instant.EPOCH.plusSeconds(240));
        pass(Duration.ofMinutes(11));
        assertThat(holds.after("a.example", new Outcome.QuotaExhausted("quota", "")))
                .as("it had ended")
                .get()
                .extracting(Hold::since)
                .isEqualTo(Instant.EPOCH.plusSeconds(900));
    }

    @Test
    void otherOutcomesHoldNothing() {
        holds.after("a.example", new Outcome.Unavailable("c", ""));
        holds.after("a.example", new Outcome.Unknown("c", ""));
        holds.after("a.example", new Outcome.Rejected("c", ""));
        holds.after("a.example", new Outcome.Misconfigured("c", "", Outcome.Scope.REQUEST));

        assertThat(holds.on("a.example")).isEmpty();
    }
}
