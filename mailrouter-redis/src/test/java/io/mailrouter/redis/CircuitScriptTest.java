package io.mailrouter.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The script of the circuit alone, by hand, over a bare socket. */
class CircuitScriptTest {

    private static final String STATE = "{mr:t}:p:ses:st";
    private static final String NODES = "{mr:t}:nodes";
    private static RedisServer redis;
    private static String script;

    @BeforeAll
    static void start() {
        redis = RedisServer.started();
        script = Script.text("fleet-circuit.lua");
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    @BeforeEach
    void forget() {
        redis.call("FLUSHALL");
    }

    /** What stands at the field. */
    private record Stands(
            long epoch,
            String state,
            long since,
            long least,
            long until,
            int trips,
            String holder,
            long lease,
            int nodes,
            String failed) {

        long whole() {
            return until - since;
        }
    }

    private static Stands stands() {
        String text = String.valueOf(redis.call("HGET", STATE, "circuit"));
        assertThat(text).startsWith("1 ");
        String[] words = text.split(" ");
        return new Stands(
                Long.parseLong(words[1]),
                words[2],
                Long.parseLong(words[3]),
                Long.parseLong(words[4]),
                Long.parseLong(words[5]),
                Integer.parseInt(words[6]),
                words[7],
                Long.parseLong(words[8]),
                Integer.parseInt(words[9]),
                words[10]);
    }

    private static boolean missing() {
        return redis.call("HGET", STATE, "circuit").equals("(nil)");
    }

    /** Tells with a first time of 10 s, at most 300 s, a trial of 30 s. */
    private static List<?> tell(String word, String node, long epoch, long age, String... more) {
        return tell(word, node, epoch, age, 10_000, 0.5, more);
    }

    private static List<?> tell(
            String word, String node, long epoch, long age, long first, double chance, String... more) {
        List<String> words =
                new ArrayList<>(List.of("EVAL", script, "2", STATE, NODES, word, "{mr:t}:ev", "ses", node));
        words.addAll(List.of(Long.toString(epoch), Long.toString(age), Long.toString(first), "300000", "30000"));
        words.add(Double.toString(chance));
        words.addAll(List.of(more));
        Object answer = redis.call(words.toArray(String[]::new));
        assertThat(answer).as("%s", answer).isInstanceOf(List.class);
        return (List<?>) answer;
    }

    private static boolean changes(List<?> answer) {
        return answer.get(0).equals(1L);
    }

    private static long ignored(List<?> answer) {
        return (Long) answer.get(1);
    }

    /** Opens it by two nodes, for no time at all, so that it may be tried at once. */
    private static Stands opened() {
        tell("opened", "n1", 0, 0, 2, 0);
        tell("opened", "n2", 0, 0, 2, 0);
        return due(stands());
    }

    /** Lets its time be over, as if it had been opened a minute ago. */
    private static Stands due(Stands now) {
        put(now.epoch, now.state, now.since - 60_000, now.since - 55_000, now.since - 50_000, now.trips, now.failed);
        return stands();
    }

    private static void put(long epoch, String state, long since, long least, long until, int trips, String failed) {
        String text =
                "1 " + epoch + " " + state + " " + since + " " + least + " " + until + " " + trips + " - 0 2 " + failed;
        redis.call("HSET", STATE, "circuit", text);
    }

    private static long serverMillis() {
        List<?> time = (List<?>) redis.call("TIME");
        return Long.parseLong((String) time.get(0)) * 1000 + Long.parseLong((String) time.get(1)) / 1000;
    }

    @Test
    void twoNodesWithinTenSecondsOpenIt() {
        tell("opened", "n1", 0, 9_000);
        tell("opened", "n1", 0, 8_000);
        assertThat(missing()).as("one node, however often it says so").isTrue();

        tell("opened", "n2", 0, 0);
        Stands open = stands();
        assertThat(open.state).isEqualTo("open");
        assertThat(open.nodes).isEqualTo(2);
        assertThat(open.least - open.since).isEqualTo(5_000);
        assertThat(open.whole()).isEqualTo(7_500);
        assertThat(open.since).isBetween(serverMillis() - 10_000, serverMillis());
        assertThat((Long) redis.call("PTTL", STATE)).isPositive();
        assertThat(redis.call("HGET", STATE, "evidence")).isEqualTo("(nil)");
    }

    @Test
    void failuresThatLieFurtherApartOpenNothing() {
        redis.call("HSET", STATE, "evidence", "1 n1:" + (serverMillis() - 10_500) + " n3:" + (serverMillis() + 60_000));
        tell("opened", "n2", 0, 0);
        assertThat(changes(tell("opened", "n4", 0, 10_001))).as("told too late").isFalse();

        assertThat(missing()).isTrue();
    }

    @Test
    void theWaitDoublesWithEachFailedTrialUpToTheLongest() {
        opened();
        for (long longest : new long[] {20, 40, 80, 160, 300, 300}) {
            Stands before = stands();
            assertThat(changes(tell("failed", "n1", before.epoch, 0, 10_000, 0.999999)))
                    .isTrue();
            Stands after = stands();
            assertThat(after.epoch).isGreaterThan(before.epoch);
            assertThat(after.whole()).isBetween(longest * 999, longest * 1_000);
            assertThat(after.least - after.since).isEqualTo(longest * 500);
        }
    }

    @Test
    @DisplayName("P23 X10 one node at a time may try, and another when its time is over")
    void grantsOneLease() {
        Stands open = opened();
        tell("wanted", "n7", open.epoch, 0);
        tell("wanted", "n8", open.epoch, 0);

        assertThat(stands().holder).isEqualTo("n7");
        assertThat(stands().lease).isBetween(serverMillis() + 25_000, serverMillis() + 30_000);
        redis.call(
                "HSET",
                STATE,
                "circuit",
                String.valueOf(redis.call("HGET", STATE, "circuit"))
                        .replaceFirst("n7 \\d+", "n7 " + (serverMillis() - 1)));
        tell("wanted", "n8", open.epoch, 0);
        assertThat(stands().holder).isEqualTo("n8");
        assertThat(stands().epoch).as("a lease is no decision").isEqualTo(open.epoch);
    }

    @Test
    void nobodyMayTryBeforeHalfOfTheTimeIsOver() {
        tell("opened", "n1", 0, 0);
        tell("opened", "n2", 0, 0);

        assertThat(changes(tell("wanted", "n1", stands().epoch, 0))).isFalse();
        assertThat(stands().holder).isEqualTo("-");
    }

    @Test
    void whoseTrialHasFailedIsTheLastInLine() {
        long now = serverMillis();
        put(now, "open", now - 10_000, now - 6_000, now - 1_000, 2, "n1");

        assertThat(changes(tell("wanted", "n1", now, 0)))
                .as("its own network may be broken")
                .isFalse();
        assertThat(changes(tell("wanted", "n2", now, 0))).isTrue();
        put(now, "open", now - 20_000, now - 16_000, now - 11_000, 2, "n1");
        assertThat(changes(tell("wanted", "n1", now, 0)))
                .as("nobody else wants it")
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"passed", "failed"})
    @DisplayName("R15 what a trial under an earlier epoch has shown decides nothing, however late and often it is told")
    void fencesTrials(String word) {
        Stands first = opened();
        tell("wanted", "n1", first.epoch, 0);
        tell("failed", "n2", first.epoch, 0);
        Object before = redis.call("HGET", STATE, "circuit");

        assertThat(changes(tell(word, "n1", first.epoch, 0))).isFalse();
        assertThat(changes(tell(word, "n1", first.epoch, 0))).isFalse();
        assertThat(redis.call("HGET", STATE, "circuit")).isEqualTo(before);
    }

    @Test
    @DisplayName("R15 a trial that passed closes once; told again it does not close what was opened since")
    void passesOnce() {
        Stands open = opened();
        tell("wanted", "n1", open.epoch, 0);
        assertThat(changes(tell("passed", "n1", open.epoch, 0))).isTrue();
        Stands closed = stands();
        assertThat(closed.state).isEqualTo("closed");
        assertThat(closed.epoch).isGreaterThan(open.epoch);
        assertThat(closed.holder).isEqualTo("-");

        for (String node : List.of("n3", "n4", "n5")) {
            tell("opened", node, closed.epoch, 0);
        }
        long again = stands().epoch;
        assertThat(stands().state).isEqualTo("open");
        assertThat(changes(tell("passed", "n1", open.epoch, 0))).isFalse();
        assertThat(stands().epoch).isEqualTo(again);
    }

    @Test
    @DisplayName("R15 failures from before a decision are no evidence after it")
    void fencesEvidence() {
        Stands open = opened();
        tell("passed", "n1", open.epoch, 0);
        long closed = stands().epoch;
        for (int i = 0; i < 5; i++) {
            assertThat(changes(tell("opened", "n" + i, open.epoch, 0))).isFalse();
        }

        assertThat(stands().epoch).isEqualTo(closed);
    }

    @Test
    @DisplayName("P22 after a trial that passed it takes one node more to open it again, of those that there are")
    void thoseWhoWereWrongNeedAnother() {
        for (int i = 1; i <= 9; i++) {
            redis.call("ZADD", NODES, Long.toString(serverMillis()), "n" + i);
        }
        Stands open = opened();
        tell("passed", "n5", open.epoch, 0);
        Stands closed = stands();
        tell("opened", "n1", closed.epoch, 0);
        tell("opened", "n2", closed.epoch, 0);
        assertThat(stands().state).as("the same two").isEqualTo("closed");

        tell("opened", "n3", closed.epoch, 0);
        assertThat(stands().state).isEqualTo("open");
        assertThat(stands().trips).as("a row").isEqualTo(2);
        assertThat(stands().nodes).isEqualTo(3);
        redis.call("DEL", NODES, STATE);
        redis.call("ZADD", NODES, "1", "n1", "2", "n2");
        tell("passed", "n1", opened().epoch, 0);
        long epoch = stands().epoch;
        tell("opened", "n1", epoch, 0);
        tell("opened", "n2", epoch, 0);
        assertThat(stands().state).as("all that there are").isEqualTo("open");
    }

    @Test
    void aRowEndsWithTheRamp() {
        long now = serverMillis();
        put(now - 30_000, "closed", now - 30_000, now - 30_000, now - 30_000, 5, "-");
        tell("opened", "n1", now - 30_000, 0);
        tell("opened", "n2", now - 30_000, 0);

        assertThat(stands().trips).isEqualTo(1);
        assertThat(stands().whole()).isEqualTo(7_500);
    }

    @Test
    void anOperatorBeginsAnewUnlessSomethingWasDecidedSince() {
        Stands open = opened();
        redis.call("HSET", STATE, "hold", "1 1 99999999999999 throttled x", "evidence", "1 n9:1");
        assertThat(changes(tell("reset", "n3", 0, 61_000)))
                .as("given before it was opened, which its node did not know")
                .isFalse();
        assertThat(changes(tell("reset", "n3", 0, 1_000)))
                .as("given after it was opened")
                .isTrue();

        assertThat(stands().state).isEqualTo("reset");
        assertThat(stands().epoch).isGreaterThan(open.epoch);
        assertThat(redis.call("HMGET", STATE, "hold", "evidence")).isEqualTo(List.of("(nil)", "(nil)"));
        long epoch = stands().epoch;
        assertThat(changes(tell("reset", "n3", 0, 1_000))).as("told twice").isFalse();
        assertThat(stands().epoch).isEqualTo(epoch);
    }

    @Test
    @DisplayName("R6 what the store has lost is told to it again as it was, and nothing older")
    void takesBackWhatItHasLost() {
        long epoch = serverMillis() - 5_000;
        String[] known = {"open", "5000", "2500", "7000", "3", "n7", "12000", "4", "n2"};
        tell("known", "n1", epoch, 0, known);
        Stands open = stands();
        assertThat(open.epoch).isEqualTo(epoch);
        assertThat(open.trips).isEqualTo(3);
        assertThat(open.holder).isEqualTo("n7");
        assertThat(open.until).isBetween(serverMillis() + 6_000, serverMillis() + 7_000);

        known[0] = "closed";
        assertThat(changes(tell("known", "n1", epoch, 0, known))).isFalse();
        assertThat(changes(tell("known", "n1", epoch - 1, 0, known))).isFalse();
        assertThat(stands().state).isEqualTo("open");
    }

    @Test
    @DisplayName("R12 a server whose clock went back gives higher epochs all the same, and its leases end")
    void survivesAClockThatWentBack() {
        long ahead = serverMillis() + 600_000;
        redis.call(
                "HSET",
                STATE,
                "circuit",
                "1 " + ahead + " open " + ahead + " " + (ahead + 5_000) + " " + (ahead + 10_000) + " 1 n1 "
                        + (ahead + 20_000) + " 2 -");
        assertThat(changes(tell("wanted", "n2", ahead, 0))).isTrue();
        assertThat(stands().holder).isEqualTo("n2");

        tell("passed", "n2", ahead, 0);
        assertThat(stands().epoch).isEqualTo(ahead + 1);
        tell("opened", "n1", ahead + 7, 0);
        tell("opened", "n2", ahead + 1, 0);
        tell("opened", "n3", ahead + 1, 0);
        assertThat(stands().state).isEqualTo("open");
        assertThat(stands().epoch).isGreaterThan(ahead + 1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "garbage",
                "''",
                "1 2 3",
                "1 12 ajar 1 2 3 1 - 0 2 -",
                "1 99999999999999999999 open 1 2 3 1 - 0 2 -",
                "1 12 open 1 2 99999999999 1 - 0 2 -",
                "1 12 open 1 2 3 1 - 0 2 - more"
            })
    @DisplayName("R11 garbage at the circuit is ignored, counted and replaced by the next decision")
    void replacesGarbage(String garbage) {
        redis.call("HSET", STATE, "circuit", garbage, "evidence", "\u0001\u0002 n1:x");
        assertThat(ignored(tell("wanted", "n1", 0, 0))).isEqualTo(1);
        tell("opened", "n1", 0, 0);
        tell("opened", "n2", 0, 0);

        assertThat(stands().state).isEqualTo("open");
        assertThat(ignored(tell("wanted", "n1", 0, 0))).isZero();
    }

    @Test
    @DisplayName("R11 what a newer version keeps there, or another type, is left alone")
    void leavesWhatIsNotOursAlone() {
        String newer = "2 something else altogether";
        redis.call("HSET", STATE, "circuit", newer);
        for (String word : List.of("opened", "wanted", "passed", "failed", "reset", "known")) {
            assertThat(tell(word, "n1", 99, 0, "open", "1", "1", "1", "1", "-", "0", "2", "-"))
                    .isEqualTo(List.of(0L, 1L));
        }
        assertThat(redis.call("HGET", STATE, "circuit")).isEqualTo(newer);
        redis.call("DEL", STATE);
        redis.call("SET", STATE, "no hash");
        assertThat(tell("opened", "n1", 0, 0)).isEqualTo(List.of(0L, 1L));
        assertThat(redis.call("GET", STATE)).isEqualTo("no hash");
    }

    @Test
    @DisplayName("R8 a user who may not publish has decided all the same")
    void aHintIsNoCondition() {
        redis.call("ACL", "SETUSER", "default", "-publish");
        try {
            assertThat(opened().state).isEqualTo("open");
        } finally {
            redis.call("ACL", "SETUSER", "default", "+publish");
        }
    }
}
