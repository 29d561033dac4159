package io.mailrouter.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The script of the holds alone, by hand, over a bare socket. */
class HoldScriptTest {

    private static final String STATE = "{mr:t}:p:ses:st";
    private static RedisServer redis;
    private static String script;

    @BeforeAll
    static void start() {
        redis = RedisServer.started();
        script = Script.text("fleet-hold.lua");
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    @BeforeEach
    void forget() {
        redis.call("FLUSHALL");
    }

    private static Object tell(long age, long left, String why) {
        return redis.call(
                "EVAL",
                script,
                "1",
                STATE,
                "{mr:t}:ev",
                "ses",
                Long.toString(age),
                Long.toString(left),
                why,
                "unauthorized");
    }

    private static String stands() {
        return String.valueOf(redis.call("HGET", STATE, "hold"));
    }

    private static long left() {
        List<?> time = (List<?>) redis.call("TIME");
        return Long.parseLong(stands().split(" ")[2]) - Long.parseLong((String) time.get(0)) * 1000;
    }

    @Test
    @DisplayName(
            "R15 of several holds the one that ends last counts, in whatever order and however often they are told")
    void theLongestCounts() {
        tell(0, 60_000, "throttled");
        tell(10_000, 300_000, "misconfigured");
        String longest = stands();
        tell(0, 60_000, "throttled");
        tell(20_000, 290_000, "misconfigured");

        assertThat(stands()).isEqualTo(longest).startsWith("1 ").endsWith(" misconfigured unauthorized");
        assertThat(left()).isBetween(280_000L, 301_000L);
        assertThat((Long) redis.call("PTTL", STATE)).isPositive();
    }

    @Test
    void noHoldLastsLongerThanTenMinutes() {
        tell(0, 99_999_999, "quota_exhausted");

        assertThat(left()).isBetween(590_000L, 601_000L);
    }

    @ParameterizedTest
    @ValueSource(strings = {"garbage", "", "1 1 99999999999999 throttled x", "1 x y throttled z"})
    @DisplayName("R11 garbage at the hold is replaced")
    void replacesGarbage(String garbage) {
        redis.call("HSET", STATE, "hold", garbage);
        tell(0, 60_000, "throttled");

        assertThat(stands()).endsWith(" throttled unauthorized");
        assertThat(left()).isLessThan(61_000);
    }

    @Test
    @DisplayName("R11 what a newer version keeps there, or another type, is left alone")
    void leavesWhatIsNotOursAlone() {
        redis.call("HSET", STATE, "hold", "2 something else");
        assertThat(tell(0, 60_000, "throttled")).isEqualTo(List.of(0L, 1L));
        assertThat(stands()).isEqualTo("2 something else");
        redis.call("DEL", STATE);
        redis.call("SET", STATE, "no hash");
        assertThat(tell(0, 60_000, "throttled")).isEqualTo(List.of(0L, 1L));
        assertThat(redis.call("GET", STATE)).isEqualTo("no hash");
    }
}
