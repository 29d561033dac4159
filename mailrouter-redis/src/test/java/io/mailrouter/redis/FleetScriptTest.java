package io.mailrouter.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The script alone, by hand, over a bare socket. */
class FleetScriptTest {

    private static final String WIN = "{mr:t}:p:ses:win";
    private static final String USE = "{mr:t}:p:ses:use";
    private static final String STATE = "{mr:t}:p:ses:st";
    private static final String SEQ = "{mr:t}:seq:n1";
    private static final String NODES = "{mr:t}:nodes";
    private static RedisServer redis;
    private static String script;

    @BeforeAll
    static void start() {
        redis = RedisServer.started();
        script = Script.text("fleet-sync.lua");
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    @BeforeEach
    void forget() {
        redis.call("FLUSHALL");
    }

    /** One attempt that was accepted in 20 ms, for so many recipients. */
    private static List<?> sync(String node, long sequence, int used) {
        return sync(node, sequence, "1", "1", "0", "0", "0", "0", "20", "1", Integer.toString(used));
    }

    private static List<?> sync(String node, long sequence, String... deltas) {
        List<String> words =
                new ArrayList<>(List.of("EVAL", script, "5", NODES, "{mr:t}:seq:" + node, WIN, USE, STATE));
        words.addAll(List.of(node, Long.toString(sequence), "0", "10000", "15000"));
        words.addAll(List.of(deltas));
        words.addAll(List.of("", ""));
        Object answer = redis.call(words.toArray(String[]::new));
        assertThat(answer).as("%s", answer).isInstanceOf(List.class);
        return (List<?>) answer;
    }

    private static double number(List<?> answer, int word) {
        return Double.parseDouble(((String) answer.get(6)).split(" ")[word]);
    }

    private static long ignored(List<?> answer) {
        return (Long) answer.get(4);
    }

    @Test
    @DisplayName("R15 a batch that runs twice, or after a later one, counts once")
    void countsASequenceOnce() {
        assertThat(sync("n1", 1, 5).get(1)).isEqualTo(1L);
        assertThat(sync("n1", 2, 7).get(1)).isEqualTo(1L);

        List<?> replayed = sync("n1", 2, 7);
        List<?> late = sync("n1", 1, 5);
        assertThat(replayed.get(1)).isEqualTo(0L);
        assertThat(late.get(1)).isEqualTo(0L);
        assertThat(late.get(2)).isEqualTo(2L);
        assertThat(number(late, 8)).isEqualTo(12);
        assertThat(number(late, 0)).isCloseTo(2, within(0.2));
        assertThat(redis.call("GET", SEQ)).isEqualTo("2");
    }

    @Test
    void nodesCountApart() {
        sync("n1", 9, 5);
        List<?> other = sync("n2", 1, 5);

        assertThat(other.get(1)).isEqualTo(1L);
        assertThat(other.get(3)).isEqualTo(2L);
        assertThat(number(other, 8)).isEqualTo(10);
    }

    @Test
    void countersFadeByTheServersClock() {
        long now = serverMillis();
        window(1, now - 10_000, 100, 80, 10, 5, 5, 2, 8_000, 80);
        List<?> answer = sync("n1", 1, "0", "0", "0", "0", "0", "0", "0", "0", "0");

        double expected = Math.exp(-1);
        assertThat(number(answer, 0)).isCloseTo(100 * expected, within(2.0));
        assertThat(number(answer, 2)).isCloseTo(10 * expected, within(0.2));
        assertThat(number(answer, 6) / number(answer, 7)).isCloseTo(100, within(0.001));
    }

    @Test
    void usageRollsByTheServersDayMonthAndHour() {
        LocalDate today = LocalDate.ofInstant(java.time.Instant.ofEpochMilli(serverMillis()), ZoneOffset.UTC);
        int month = today.getYear() * 100 + today.getMonthValue();
        redis.call("HSET", USE, "day", (today.toEpochDay() - 1) + ":400", "month", month + ":900");
        List<?> answer = sync("n1", 1, 6);

        assertThat(number(answer, 8)).isEqualTo(6);
        assertThat(number(answer, 9)).isEqualTo(906);
        assertThat(redis.call("HGET", USE, "day")).isEqualTo(today.toEpochDay() + ":6");
        assertThat(redis.call("HGET", USE, "month")).isEqualTo(month + ":906");
        long hour = serverMillis() / 3_600_000;
        assertThat(redis.call("HGET", USE, "h" + hour % 25)).isEqualTo(hour + ":6");
        redis.call("HSET", USE, "month", (month - 1) + ":900");
        assertThat(number(sync("n1", 2, 1), 9)).isEqualTo(1);
    }

    @Test
    void theDeadAndTheImpossiblyYoungAreDropped() {
        long now = serverMillis();
        redis.call("ZADD", NODES, Long.toString(now - 16_000), "dead", Long.toString(now + 600_000), "future");
        redis.call("ZADD", NODES, Long.toString(now - 5_000), "alive");

        assertThat(sync("n1", 1, 1).get(3)).isEqualTo(2L);
    }

    static Stream<List<String>> garbageForTheWindow() {
        return Stream.of(
                List.of("SET", WIN, "garbage"),
                List.of("SET", WIN, ""),
                List.of("SET", WIN, "mrw"),
                List.of("SET", WIN, "mrw\u0001short"),
                List.of("SET", WIN, "x".repeat(76)),
                List.of("SET", WIN, packed(1, Double.NaN, 1, 1, 1, 1, 1, 1, 1, 1)),
                List.of("SET", WIN, packed(1, 0, Double.POSITIVE_INFINITY, 1, 1, 1, 1, 1, 1, 1)),
                List.of("SET", WIN, packed(1, 0, -4, 1, 1, 1, 1, 1, 1, 1)),
                List.of("SET", WIN, packed(1, 9e14, 1, 1, 1, 1, 1, 1, 1, 1)));
    }

    @ParameterizedTest
    @MethodSource("garbageForTheWindow")
    @DisplayName("R11 garbage in a window is ignored, counted and replaced")
    void replacesGarbage(List<String> spoil) {
        redis.call(spoil.toArray(String[]::new));
        List<?> first = sync("n1", 1, 5);
        List<?> second = sync("n1", 2, 5);

        assertThat(ignored(first)).isEqualTo(1);
        assertThat(first.get(5)).isEqualTo(WIN);
        assertThat(number(first, 0)).isCloseTo(1, within(0.01));
        assertThat(ignored(second)).isZero();
        assertThat(number(second, 0)).isCloseTo(2, within(0.2));
    }

    @Test
    @DisplayName("R11 a newer version's window is ignored, counted and left alone; usage is shared all the same")
    void leavesANewerVersionAlone() {
        String newer = "mrw\u0002whatever they may keep there";
        redis.call("SET", WIN, newer);
        List<?> answer = sync("n1", 1, 5);

        assertThat(ignored(answer)).isEqualTo(1);
        assertThat(redis.call("GET", WIN)).isEqualTo(newer);
        assertThat(number(answer, 8)).isEqualTo(5);
    }

    @ParameterizedTest
    @ValueSource(strings = {WIN, USE, NODES, SEQ})
    @DisplayName("R11 another type at any key is ignored, counted and never an error")
    void ignoresAnotherType(String key) {
        redis.call("SADD", key, "what", "is", "this");
        List<?> first = sync("n1", 1, 5);
        List<?> second = sync("n1", 2, 5);

        assertThat(ignored(first)).isEqualTo(1);
        assertThat(first.get(5)).isEqualTo(key);
        assertThat(first.get(1)).isEqualTo(1L);
        assertThat(first.get(3)).isEqualTo(1L);
        assertThat(second.get(1)).isEqualTo(1L);
        // The sequence is this node's alone, so it may be replaced; the others may be somebody's.
        assertThat(redis.call("TYPE", key)).isEqualTo(key.equals(SEQ) ? "string" : "set");
        assertThat(ignored(second)).isEqualTo(key.equals(SEQ) ? 0 : 1);
        if (!key.equals(USE)) {
            assertThat(number(second, 8)).isEqualTo(10);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"abc", "", "12", "12:", ":12", "-1:5", "1e9:5", "12:99999999999999999999", "\u0000\u00ff"})
    @DisplayName("R11 garbage in the usage is ignored, counted and replaced")
    void replacesGarbageUsage(String garbage) {
        redis.call("HSET", USE, "day", garbage, "month", garbage);
        List<?> first = sync("n1", 1, 5);

        assertThat(ignored(first)).isEqualTo(2);
        assertThat(number(first, 8)).isEqualTo(5);
        assertThat(ignored(sync("n1", 2, 5))).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"abc", "", "inf", "nan", "1e300", "0x7fffffff", "99999999999999999999"})
    @DisplayName("R11 garbage at the sequence does not stop the node")
    void goesOnPastAGarbageSequence(String garbage) {
        redis.call("SET", SEQ, garbage);

        assertThat(sync("n1", 1, 5).get(1)).isEqualTo(1L);
        assertThat(number(sync("n1", 1, 5), 8)).isEqualTo(5);
    }

    private static void window(int version, double... values) {
        redis.call("SET", WIN, packed(version, values));
    }

    private static String packed(int version, double... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 + values.length * 8);
        bytes.put("mrw".getBytes(StandardCharsets.ISO_8859_1)).put((byte) version);
        for (double value : values) {
            bytes.putDouble(value);
        }
        return new String(bytes.array(), StandardCharsets.ISO_8859_1);
    }

    private static long serverMillis() {
        List<?> time = (List<?>) redis.call("TIME");
        return Long.parseLong((String) time.get(0)) * 1000 + Long.parseLong((String) time.get(1)) / 1000;
    }
}
