package io.mailrouter.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.health.FleetHold;
import io.mailrouter.health.HealthState;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HoldBookTest {

    private static final long SERVER = 1_700_000_000_000L;

    private long now = 1_000_000_000L;
    private final HoldBook book = new HoldBook(() -> now);

    private FleetHold hold(Duration left) {
        return new FleetHold(HealthState.THROTTLED, "too_many_requests", now, now + left.toNanos());
    }

    private SharedHold shared() {
        String text = "1 " + (SERVER - 1_000) + " " + (SERVER + 20_000) + " misconfigured unauthorized";
        return SharedHold.parse(text, SERVER, now).orElseThrow();
    }

    @Test
    void aHoldIsToldOnceAndNotWhenItIsNearlyOver() {
        FleetHold hold = hold(Duration.ofSeconds(5));
        book.add("ses", hold);
        assertThat(book.waiting()).containsOnly(Map.entry("ses", hold));
        book.told("ses", hold);
        assertThat(book.waiting()).isEmpty();

        book.add("ses", hold(Duration.ofMillis(300)));
        now += Duration.ofMillis(101).toNanos();
        assertThat(book.waiting()).isEmpty();
    }

    @Test
    @DisplayName("R6 one that the store has lost is told again by whoever was asked for it, and shown on by all")
    void tellsWhatTheStoreHasLost() {
        FleetHold hold = hold(Duration.ofSeconds(5));
        book.add("ses", hold);
        book.told("ses", hold);
        book.hear(List.of("ses"), Map.of("ses", shared()));
        book.hear(List.of("ses"), Map.of());
        assertThat(book.waiting()).containsOnlyKeys("ses");
        assertThat(book.holds()).containsOnlyKeys("ses");

        HoldBook other = new HoldBook(() -> now);
        other.hear(List.of("ses"), Map.of("ses", shared()));
        other.hear(List.of("ses"), Map.of());
        assertThat(other.waiting()).isEmpty();
        assertThat(other.holds()).containsOnlyKeys("ses");
    }

    @Test
    void whatWasAskedForBeforeAnOperatorBeganAnewIsForgottenAndNotHeardAgain() {
        book.add("ses", hold(Duration.ofSeconds(5)));
        book.hear(List.of("ses"), Map.of("ses", shared()));
        book.forget("ses", now + 1);
        book.hear(List.of("ses"), Map.of("ses", shared()));
        assertThat(book.waiting()).isEmpty();
        assertThat(book.holds()).isEmpty();

        now += Duration.ofSeconds(1).toNanos();
        FleetHold later = hold(Duration.ofSeconds(5));
        book.add("ses", later);
        assertThat(book.waiting()).containsOnly(Map.entry("ses", later));
    }

    @Test
    @DisplayName("R12 a hold is read by the server's time, and no clock makes it last longer than it was meant to")
    void readsByTheServersTime() {
        assertThat(shared().hold().until() - now)
                .isEqualTo(Duration.ofSeconds(20).toNanos());
        assertThat(SharedHold.parse(shared().text(), SERVER - 600_000, now)
                                .orElseThrow()
                                .hold()
                                .until()
                        - now)
                .isEqualTo(Duration.ofSeconds(21).toNanos());
        assertThat(SharedHold.parse(shared().text(), SERVER + 60_000, now)
                                .orElseThrow()
                                .hold()
                                .until()
                        - now)
                .isNegative();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "garbage",
                "2 1 2 throttled x",
                "1 1 2 down x",
                "1 1 2 throttled",
                "1 1 2 throttled x y",
                "1 2 1 throttled x",
                "1 1 9999999999999 throttled x",
                "1 1 2 throttled \u0001"
            })
    @DisplayName("R11 what no version of ours has written is no hold")
    void readsNoGarbage(String text) {
        assertThat(SharedHold.parse(text, SERVER, now)).isEmpty();
    }
}
