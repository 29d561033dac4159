package io.mailrouter.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The scripts that divide limits alone, by hand, over a bare socket. */
class LimitScriptsTest {

    private static final String USE = "{mr:t}:p:ses:use";
    private static final String RATE = "{mr:t}:p:ses:rate";
    private static final String NODES = "{mr:t}:nodes";
    private static RedisServer redis;
    private static String lease;
    private static String gcra;

    @BeforeAll
    static void start() throws IOException {
        redis = RedisServer.started();
        lease = script("lease.lua");
        gcra = script("gcra.lua");
    }

    private static String script(String name) throws IOException {
        try (InputStream in = RedisFleet.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    @BeforeEach
    void forget() {
        redis.call("FLUSHALL");
    }

    /** What a node asks; the fields of the script's arguments. */
    private static final class Request {

        private long least = 1;
        private long waited = 1;
        private long useful = 500;
        private long perDay = -1;
        private long perMonth = -1;
        private long per24Hours = -1;
        private long onlyDay = -1;
        private long knownDay = -1;
        private long known;
        private long counted = -1;
        private long unsent;

        List<Long> run() {
            List<String> words = new ArrayList<>(List.of("EVAL", lease, "2", NODES, USE));
            for (long word : new long[] {
                least,
                waited,
                useful,
                perDay,
                perMonth,
                per24Hours,
                onlyDay,
                knownDay,
                known,
                known,
                counted,
                unsent,
                15_000
            }) {
                words.add(Long.toString(word));
            }
            return numbers(redis.call(words.toArray(String[]::new)));
        }
    }

    private static List<Long> numbers(Object answer) {
        assertThat(answer).as("%s", answer).isInstanceOf(List.class);
        return ((List<?>) answer).stream().map(number -> (Long) number).toList();
    }

    private static Request daily(long recipients) {
        Request request = new Request();
        request.perDay = recipients;
        return request;
    }

    private static List<Long> turns(double intervalMicros, long least, long wanted, long burst, long withinMicros) {
        return numbers(redis.call(
                "EVAL",
                gcra,
                "1",
                RATE,
                Double.toString(intervalMicros),
                Long.toString(least),
                "1",
                Long.toString(wanted),
                Long.toString(burst),
                Long.toString(withinMicros)));
    }

    private static long hour() {
        return Long.parseLong((String) ((List<?>) redis.call("TIME")).get(0)) / 3_600;
    }

    private static long day() {
        return hour() / 24;
    }

    private static long month(long day) {
        LocalDate date = LocalDate.ofEpochDay(day);
        return date.getYear() * 100L + date.getMonthValue();
    }

    @Test
    void grantsWhatLeavesEveryNodeFourTimesThat() {
        long now = hour() * 3_600_000L + 3_600_000;
        redis.call("ZADD", NODES, Long.toString(now), "a", Long.toString(now), "b", "1000", "dead");

        assertThat(daily(1_000).run().subList(0, 2)).containsExactly(125L, 875L);
        Request greedy = daily(1_000);
        greedy.waited = 300;
        assertThat(greedy.run().subList(0, 2)).containsExactly(300L, 575L);
        Request modest = daily(1_000);
        modest.useful = 28;
        assertThat(modest.run().get(0)).isEqualTo(28);
        assertThat(modest.run().get(7)).isEqualTo(2);
        assertThat(redis.call("HGET", USE, "day")).isEqualTo(day() + ":481");
        assertThat(redis.call("HGET", USE, "h" + hour() % 25)).isEqualTo(hour() + ":481");
        assertThat((Long) redis.call("TTL", USE)).isBetween(39 * 86_400L, 40 * 86_400L);
    }

    @Test
    void grantsAllThatIsLeftButNeverMoreAndNeverTooFewForAnEmail() {
        redis.call("HSET", USE, "day", day() + ":990");
        Request many = daily(1_000);
        many.waited = 50;
        many.least = 11;
        assertThat(many.run().subList(0, 2)).containsExactly(0L, 10L);
        many.least = 2;
        assertThat(many.run().subList(0, 2)).containsExactly(10L, 0L);
        assertThat(many.run().subList(0, 2)).containsExactly(0L, 0L);
    }

    @Test
    void aDayAndAMonthEndByTheServersClock() {
        redis.call("HSET", USE, "day", (day() - 1) + ":400", "month", month(day()) + ":900");
        Request request = daily(500);
        request.perMonth = 1_000;

        List<Long> answer = request.run();
        assertThat(answer.subList(0, 3)).containsExactly(25L, 475L, 75L);
        assertThat(answer.get(4)).isEqualTo(day());
        assertThat(answer.get(5)).isEqualTo(hour());
        assertThat(answer.get(6)).isBetween(1L, 86_400_000L);
        redis.call("HSET", USE, "month", (month(day()) - 1) + ":900");
        assertThat(request.run().get(2)).as("another month").isGreaterThan(600);
    }

    @Test
    void aCapOfAnotherDayGrantsNothing() {
        Request tomorrow = daily(100);
        tomorrow.onlyDay = day() + 1;
        assertThat(tomorrow.run().get(0)).isZero();

        tomorrow.onlyDay = day();
        assertThat(tomorrow.run().get(0)).isEqualTo(25);
    }

    @Test
    @DisplayName("R6 what a wiped store does not know any more a node does")
    void isToldWhatWasLost() {
        Request request = daily(1_000);
        request.knownDay = day();
        request.known = 950;
        request.useful = 1;

        assertThat(request.run().subList(0, 2)).containsExactly(1L, 49L);
        request.known = 10;
        assertThat(request.run().get(1)).as("what is stored counts").isEqualTo(48);
        redis.call("FLUSHALL");
        request.knownDay = day() - 1;
        assertThat(request.run().get(1)).as("yesterday does not").isEqualTo(999);
    }

    @Test
    void whatOthersSentThroughTheAccountCountsAsTheServiceCountsIt() {
        redis.call("HSET", USE, "h" + hour() % 25, hour() + ":300");
        redis.call("HSET", USE, "h" + (hour() - 30) % 25, (hour() - 30) + ":7000");
        Request found = new Request();
        found.least = 0;
        found.per24Hours = 1_000;
        found.counted = 600;
        found.unsent = 100;
        assertThat(found.run().subList(0, 4)).as("400 were sent elsewhere").containsExactly(0L, -1L, -1L, 300L);

        Request request = new Request();
        request.per24Hours = 1_000;
        request.waited = 280;
        assertThat(request.run().get(0)).isEqualTo(280);
        assertThat(request.run().subList(0, 1)).as("what is left").containsExactly(20L);
        assertThat(request.run().get(0)).isZero();
        found.counted = 580;
        found.unsent = 0;
        assertThat(found.run().get(3)).as("nobody else has sent any").isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"abc", "", "12", "12:", ":12", "-1:5", "1e9:5", "12:99999999999999999999", "\u0000\u00ff"})
    @DisplayName("R11 garbage in the usage is ignored, counted and replaced")
    void replacesGarbage(String garbage) {
        redis.call("HSET", USE, "day", garbage, "month", garbage, "foreign", garbage);
        List<Long> first = daily(100).run();

        assertThat(first.get(0)).isEqualTo(25);
        assertThat(first.get(8)).isEqualTo(3);
        assertThat(daily(100).run().get(8)).as("nobody has written the third").isEqualTo(1);
    }

    @Test
    @DisplayName("R11 another type at any key is ignored, counted and never an error")
    void ignoresAnotherType() {
        redis.call("SADD", USE, "what");
        redis.call("SADD", NODES, "what");
        redis.call("SADD", RATE, "what");

        assertThat(daily(100).run().get(0)).isEqualTo(-1);
        assertThat(daily(100).run().get(8)).isEqualTo(2);
        assertThat(turns(10_000, 1, 1, 0, 0)).containsExactly(-1L, 0L, 1L);
        assertThat(redis.call("TYPE", RATE)).isEqualTo("set");
    }

    @Test
    void turnsFollowEachOtherByTheRate() {
        assertThat(turns(20_000_000, 1, 5, 0, 5_000).subList(0, 2)).containsExactly(5L, 0L);
        List<Long> none = turns(20_000_000, 1, 5, 0, 5_000);
        assertThat(none.get(0)).isZero();
        assertThat(none.get(1)).as("microseconds until it is worth asking").isBetween(60_000_000L, 100_000_000L);
        List<Long> later = turns(20_000_000, 1, 1, 0, 200_000_000);
        assertThat(later.get(0)).isEqualTo(1);
        assertThat(later.get(1)).isBetween(60_000_000L, 100_000_000L);
        assertThat((Long) redis.call("PTTL", RATE)).isBetween(81_000L, 121_001L);
    }

    @Test
    void turnsThatNobodyTookAreMadeUpForAsFarAsTheBurst() {
        List<Long> first = turns(10_000, 1, 5, 5, 0);
        assertThat(first.get(0)).isEqualTo(5);
        assertThat(first.get(1)).isEqualTo(-50_000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"abc", "", "-5", "1e300", "99999999999999999", "0x10"})
    @DisplayName("R11 garbage at the rate is ignored, counted and replaced")
    void replacesAGarbageRate(String garbage) {
        redis.call("SET", RATE, garbage);

        assertThat(turns(10_000, 1, 1, 0, 0)).containsExactly(1L, 0L, 1L);
        assertThat(turns(10_000, 1, 1, 0, 100_000).get(2)).isZero();
    }

    @Test
    @DisplayName("R15 what is given back counts once, and only where its day has not ended")
    void givesBackOnce() throws IOException {
        String sync = script("fleet-sync.lua");
        redis.call("HSET", USE, "day", day() + ":100", "month", month(day()) + ":500");
        redis.call("HSET", USE, "h" + hour() % 25, hour() + ":80");
        for (int i = 0; i < 2; i++) {
            List<String> words = new ArrayList<>(
                    List.of("EVAL", sync, "5", NODES, "{mr:t}:seq:n1", "{mr:t}:p:ses:win", USE, "{mr:t}:p:ses:st"));
            words.addAll(List.of("n1", "1", "0", "10000", "15000", "0", "0", "0", "0", "0", "0", "0", "0"));
            words.add("3 " + hour() + " 40 " + (hour() - 24) + " 7");
            words.addAll(List.of("", ""));
            assertThat(redis.call(words.toArray(String[]::new))).isInstanceOf(List.class);
        }

        assertThat(redis.call("HGET", USE, "day")).isEqualTo(day() + ":63");
        assertThat(redis.call("HGET", USE, "h" + hour() % 25)).isEqualTo(hour() + ":43");
        long then = month(day()) == month(day() - 1) ? 7 : 0;
        assertThat(redis.call("HGET", USE, "month")).isEqualTo(month(day()) + ":" + (463 - then));
    }
}
