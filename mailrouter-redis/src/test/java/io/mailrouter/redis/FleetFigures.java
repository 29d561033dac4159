package io.mailrouter.redis;

import static org.awaitility.Awaitility.await;

import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.mailrouter.health.Signal;
import io.mailrouter.redis.NodeProcesses.Scene;
import io.mailrouter.testkit.FaultProxy;
import io.mailrouter.testkit.Faults.Direction;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Measures what a fleet costs and how quick it is, on this machine, with nodes in JVMs of their own and a Redis that is
 * started for it, and prints a table in Markdown. In the folder of the project:
 *
 * <pre>mvn -q -Pfleet-figures -pl mailrouter-redis -am process-test-classes</pre>
 */
public final class FleetFigures {

    private static final int FEW = 4;
    private static final int MANY = 16;
    private static final int ROUNDS = 7;
    private static final String[] THREE = {
        "provider=name=a,instant=", "provider=name=b,instant=", "provider=name=c,instant="
    };

    private final RedisServer redis = RedisServer.started();
    private final RedisMeter meter = new RedisMeter(redis);
    private final Referee referee = new Referee();

    private FleetFigures() {}

    /** Measures and prints. */
    public static void main(String... arguments) {
        FleetFigures figures = new FleetFigures();
        try {
            figures.print();
        } finally {
            figures.referee.close();
            figures.redis.close();
        }
    }

    private void print() {
        System.out.printf(
                "Redis %s, JDK %s, %d processors%n%n",
                meter.version(),
                System.getProperty("java.version"),
                Runtime.getRuntime().availableProcessors());
        System.out.println("| figure | measured |\n|---|---|");
        Sizes sizes = new Sizes();
        sizes.sync = exchange(3);
        exchange(10);
        try (NodeProcesses few = NodeProcesses.started(referee, FEW)) {
            sizes.commands = commands(few);
            limits(few);
            waits(few.get(0));
            latency(few.get(0));
            keys(few.get(0), sizes);
            memory(few, sizes);
            reconnect(few.get(0));
        }
        try (NodeProcesses many = NodeProcesses.started(referee, MANY)) {
            FleetTrials trials = new FleetTrials(many, referee, redis.uri());
            together(trials);
        }
        sizes.print();
    }

    private static void row(String figure, String format, Object... values) {
        System.out.println("| " + figure + " | " + String.format(Locale.ROOT, format, values) + " |");
    }

    private static String[] join(String[] some, String... more) {
        return Stream.concat(Stream.of(some), Stream.of(more)).toArray(String[]::new);
    }

    /** Returns the commands of a node in a second at the highest pace. */
    private double commands(NodeProcesses nodes) {
        double each = 0;
        try (Scene fleet = nodes.open("commands", join(THREE, "uri=" + redis.uri(), "sync=1000", "routing=turns"))) {
            for (int pace : new int[] {10, 1_000, 5_000}) {
                // All nodes are counted, but only one sends at the highest pace: the machine has few processors.
                List<NodeProcess> senders = pace > 1_000 ? List.of(nodes.get(0)) : nodes.all();
                meter.reset();
                NodeProcesses.answers(senders, "send", fleet.named("count=" + pace * 10, "rate=" + pace, "threads=4"));
                each = meter.scriptsPerSecond() / FEW;
                row(
                        "commands per node and second, " + pace + " sends/s on " + senders.size() + " of 4 nodes",
                        "%.2f",
                        each);
            }
        }
        return each;
    }

    /** Returns the microseconds of one exchange among many, as with a thousand nodes. */
    private double exchange(int providers) {
        Map<String, Tally> tallies = new TreeMap<>();
        IntStream.range(0, providers).forEach(i -> tallies.put("p" + i, new Tally()));
        Backlog backlog = new Backlog(tallies, FleetSettings.TAU, System::nanoTime);
        FleetScript script = new FleetScript(
                new FleetKeys("exchange" + providers), "node", FleetSettings.TAU, Duration.ofSeconds(15));
        RedisClient client = RedisClient.create(redis.uri());
        try (StatefulRedisConnection<String, String> connection = client.connect()) {
            double[] micros = new double[ROUNDS];
            for (int round = 0; round < ROUNDS; round++) {
                meter.reset();
                for (int i = 0; i < 500; i++) {
                    tallies.values().forEach(tally -> tally.record(Signal.OK, Duration.ofMillis(100), 1));
                    backlog.gather();
                    backlog.applied(script.run(
                                    connection.async(),
                                    backlog.batch(),
                                    (provider, topic) -> "",
                                    false,
                                    Duration.ofSeconds(5))
                            .stored());
                }
                micros[round] = meter.microsPerScript();
            }
            Arrays.sort(micros);
            row("Redis CPU of one exchange, " + providers + " providers", "%.0f us", micros[ROUNDS / 2]);
            return micros[ROUNDS / 2];
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new IllegalStateException(e);
        } finally {
            client.shutdown();
        }
    }

    private void limits(NodeProcesses nodes) {
        String provider = "provider=name=limited,instant=,daily=1000000,rate=400";
        try (Scene fleet = nodes.open("limits", "uri=" + redis.uri(), "sync=1000", provider)) {
            fleet.call("send", "count=100", "rate=50");
            meter.reset();
            long sent = NodeProcesses.sum(fleet.call("send", "count=400", "rate=80"), "accepted");
            row(
                    "commands per send through a provider with a shared rate and a quota, exchanges included",
                    "%.2f",
                    (double) meter.scripts() / sent);
        }
    }

    /** A Redis that answers 20 ms later shows how often a send waits for it. */
    private void waits(NodeProcess node) {
        int late = 20;
        try (FaultProxy proxy = FaultProxy.before(redis.port(), 1)) {
            String uri = "uri=" + proxy.url("redis");
            Scene fleet = single(node, "waits", uri, "lease=30000", "storeTime=1000", "provider=name=a,instant=");
            proxy.delay(Direction.ANSWERS, Duration.ofMillis(late));
            long plain = fleet.call(node, "send", "count=200", "threads=1").number("p50");
            long keyed =
                    fleet.call(node, "send", "count=200", "threads=1", "key=w").number("p50");
            row("commands that a send without a key waits for", "%.1f", plain / (late * 1_000.0));
            row("commands that a send with a key waits for", "%.1f", (keyed - plain) / (late * 1_000.0));
            node.call("close", fleet.named());
        }
    }

    private Scene single(NodeProcess node, String fleet, String... words) {
        Scene scene = new Scene(null, fleet);
        scene.open(List.of(node), words);
        connected(scene, node);
        return scene;
    }

    private static void connected(Scene scene, NodeProcess node) {
        await().atMost(NodeProcesses.LONG)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> scene.call(node, "status").text("connected").equals("true"));
    }

    /** The same sends in turns, so that the machine's moods meet all alike. */
    private void latency(NodeProcess node) {
        String[] each = {"provider=name=a,instant=", "sync=1000", "timeout=250"};
        String[] kinds = {"without Redis", "with Redis", "with Redis frozen"};
        try (RedisServer frozen = RedisServer.started()) {
            Scene none = new Scene(null, "none");
            none.open(List.of(node), each);
            String[] store = {"lease=30000", "storeTime=50"};
            Scene with = single(node, "with", join(join(each, store), "uri=" + redis.uri()));
            Scene cold = single(node, "cold", join(join(each, store), "uri=" + frozen.uri()));
            for (String key : new String[] {"", "key=l"}) {
                long[][] p50 = new long[3][ROUNDS];
                long[][] p99 = new long[3][ROUNDS];
                for (int round = 0; round < ROUNDS; round++) {
                    for (int kind = 0; kind < 3; kind++) {
                        if (kind == 2) {
                            frozen.freeze();
                        }
                        Words sent = List.of(none, with, cold)
                                .get(kind)
                                .call(node, "send", "count=2000", "rate=1000", "threads=16", keyed(key, round));
                        p50[kind][round] = sent.number("p50");
                        p99[kind][round] = sent.number("p99");
                    }
                    frozen.thaw();
                    connected(cold, node);
                }
                for (int kind = key.isEmpty() ? 0 : 1; kind < 3; kind++) {
                    String what = key.isEmpty() ? "a send, " : "a send with a key, ";
                    row(what + kinds[kind], "p50 %d us, p99 %d us", median(p50[kind]), median(p99[kind]));
                }
            }
            Stream.of(none, with, cold).forEach(scene -> node.call("close", scene.named()));
        }
    }

    private static String keyed(String key, int round) {
        return key.isEmpty() ? key : key + round + "-";
    }

    private static long median(long[] values) {
        return Arrays.stream(values)
                .sorted()
                .skip(values.length / 2)
                .findFirst()
                .orElse(0);
    }

    private void keys(NodeProcess node, Sizes sizes) {
        int count = 10_000;
        Scene fleet = single(
                node,
                "keys",
                "uri=" + redis.uri(),
                "sync=5000",
                "lease=30000",
                "storeTime=1000",
                "provider=name=a,instant=");
        meter.reset();
        fleet.call(node, "send", "count=" + count, "threads=4", "key=k");
        FleetTrials.pause(500);
        row("commands per send with a key", "%.2f", (double) meter.scripts() / count);
        sizes.key = (double) meter.memory() / count;
        sizes.keyMicros = meter.microsPerScript() * 2;
        row("Redis CPU of a key, claim and end", "%.0f us", sizes.keyMicros);
        row("memory of a key that was sent", "%.0f bytes", sizes.key);
        node.call("close", fleet.named());
    }

    private void memory(NodeProcesses nodes, Sizes sizes) {
        try (Scene fleet = nodes.open("memory", join(THREE, "uri=" + redis.uri(), "routing=turns"))) {
            fleet.call("send", "count=50");
            FleetTrials.pause(1_000);
            sizes.provider = meter.bytesOf("{mr:memory}:p:*") / 3.0;
            sizes.node = (meter.bytesOf("{mr:memory}:nodes") + meter.bytesOf("{mr:memory}:seq:*")) / (double) FEW;
            row("memory of a provider", "%.0f bytes", sizes.provider);
            row("memory of a node", "%.0f bytes", sizes.node);
        }
    }

    /** From the moment when the server answers again. */
    private void reconnect(NodeProcess node) {
        try (RedisServer mortal = RedisServer.started()) {
            Scene fleet = single(node, "reconnect", "uri=" + mortal.uri(), "sync=1000", "provider=name=a,instant=");
            long[] millis = LongStream.range(0, ROUNDS)
                    .map(round -> {
                        mortal.kill();
                        FleetTrials.pause(500 + 400 * round);
                        mortal.start();
                        long there = System.nanoTime();
                        connected(fleet, node);
                        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - there);
                    })
                    .sorted()
                    .toArray();
            row("reconnect after Redis is back", "median %d ms, longest %d ms", median(millis), millis[ROUNDS - 1]);
            node.call("close", fleet.named());
        }
    }

    private void together(FleetTrials trials) {
        FleetTrials.Spent spent = trials.quota("figures-quota", 5_000);
        row(
                "quota of 5,000, " + MANY + " nodes want 8,000, 3 killed",
                "%d sent, overshoot %d",
                spent.accepted(),
                spent.overshoot());
        FleetTrials.Paced paced = trials.rate("figures-rate", 200, 15);
        row(
                "rate of 200/s shared by " + MANY + " nodes",
                "worst second %.0f %%, %.0f %% used",
                paced.worst() * 100,
                paced.used() * 100);
        long[] known = IntStream.range(0, ROUNDS)
                .mapToLong(round -> trials.circuit("figures-open-" + round, 1_000))
                .sorted()
                .toArray();
        row(
                "an open circuit is known to " + MANY + " nodes, exchanging every 1 s",
                "median %d ms, longest %d ms",
                median(known),
                known[ROUNDS - 1]);
    }

    /** What a Redis has to bear, computed from what was measured. */
    private static final class Sizes {

        private double commands;
        private double sync;
        private double keyMicros;
        private double provider;
        private double node;
        private double key;

        void print() {
            System.out.println(
                    "\n| nodes | commands per second | Redis CPU, of one core | memory, 3 providers |\n|---|---|---|---|");
            for (int nodes : new int[] {10, 100, 1_000}) {
                System.out.printf(
                        Locale.ROOT,
                        "| %,d | %,.0f | %.2f %% | %,.0f KiB |%n",
                        nodes,
                        nodes * commands,
                        nodes * commands * sync / 10_000,
                        (3 * provider + nodes * node) / 1_024);
            }
            System.out.printf(
                    Locale.ROOT,
                    "%nEvery 1,000 sends with a key in a second add 2,000 commands and %.1f %% of a core; every million keys"
                            + " that are kept, %,.0f MiB.%n",
                    keyMicros / 10,
                    key * 1_000_000 / (1 << 20));
        }
    }
}
