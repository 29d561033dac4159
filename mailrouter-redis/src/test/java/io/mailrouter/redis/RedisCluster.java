package io.mailrouter.redis;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A real cluster of three masters on free ports of the loopback, a third of the slots on each. */
final class RedisCluster implements TestRedis {

    private static final int SLOTS = 16_384;

    /** The bus of a node is at its port plus this much. */
    private static final int TO_BUS = 10_000;

    private final List<RedisServer> masters = new ArrayList<>();

    private RedisCluster() {}

    static RedisCluster started(String... options) {
        List<String> all = new ArrayList<>(List.of("--cluster-enabled", "yes", "--cluster-node-timeout", "1500"));
        all.addAll(List.of(options));
        RedisCluster cluster = new RedisCluster();
        try {
            for (int i = 0; i < 3; i++) {
                cluster.masters.add(RedisServer.at(ServerProgram.usual(), portWithBus(), all.toArray(String[]::new)));
            }
            cluster.join();
            return cluster;
        } catch (RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    private void join() {
        RedisServer first = masters.get(0);
        for (int i = 0; i < masters.size(); i++) {
            List<String> words = new ArrayList<>(List.of("CLUSTER", "ADDSLOTS"));
            IntStream.range(i * SLOTS / 3, (i + 1) * SLOTS / 3)
                    .mapToObj(Integer::toString)
                    .forEach(words::add);
            masters.get(i).call(words.toArray(String[]::new));
            masters.get(i).call("CLUSTER", "SET-CONFIG-EPOCH", Integer.toString(i + 1));
            if (i > 0) {
                first.call(
                        "CLUSTER",
                        "MEET",
                        "127.0.0.1",
                        Integer.toString(masters.get(i).port()));
            }
        }
        awaitWhole();
    }

    /** Waits until every node knows all slots. */
    void awaitWhole() {
        await().atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(50))
                .until(() -> onEach("CLUSTER", "INFO").stream()
                        .map(String::valueOf)
                        .allMatch(info -> info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:3")));
    }

    List<RedisServer> masters() {
        return masters;
    }

    /** Returns the master that has a key. */
    RedisServer masterOf(String key) {
        Object moved = masters.get(0).call("TYPE", key);
        return at(moved);
    }

    /** Returns the master to which an answer points, the first one if it points to none. */
    private RedisServer at(Object answer) {
        String text = String.valueOf(answer);
        return masters.stream()
                .filter(master -> text.startsWith("-MOVED ") && text.endsWith(":" + master.port()))
                .findFirst()
                .orElse(masters.get(0));
    }

    /** Moves the slot of a key to another master, with all that is in it. */
    void move(String key, RedisServer to) {
        RedisServer from = masterOf(key);
        String slot = String.valueOf(from.call("CLUSTER", "KEYSLOT", key));
        String target = String.valueOf(to.call("CLUSTER", "MYID"));
        succeed(to, "CLUSTER", "SETSLOT", slot, "IMPORTING", String.valueOf(from.call("CLUSTER", "MYID")));
        succeed(from, "CLUSTER", "SETSLOT", slot, "MIGRATING", target);
        for (Object moving : (List<?>) from.call("CLUSTER", "GETKEYSINSLOT", slot, "1000")) {
            succeed(from, "MIGRATE", "127.0.0.1", Integer.toString(to.port()), (String) moving, "0", "5000");
        }
        succeed(to, "CLUSTER", "SETSLOT", slot, "NODE", target);
        succeed(from, "CLUSTER", "SETSLOT", slot, "NODE", target);
        await().atMost(Duration.ofSeconds(30)).until(() -> masterOf(key) == to);
    }

    private static void succeed(RedisServer master, String... words) {
        Object answer = master.call(words);
        if (String.valueOf(answer).startsWith("-")) {
            throw new IllegalStateException(String.join(" ", words) + " " + answer);
        }
    }

    @Override
    public String uri() {
        return "redis-cluster://"
                + masters.stream().map(master -> "127.0.0.1:" + master.port()).collect(Collectors.joining(","));
    }

    @Override
    public Object call(String... words) {
        Object answer = masters.get(0).call(words);
        return String.valueOf(answer).startsWith("-MOVED ") ? at(answer).call(words) : answer;
    }

    @Override
    public List<Object> onEach(String... words) {
        return masters.stream().map(master -> master.call(words)).collect(Collectors.toList());
    }

    @Override
    public String toString() {
        return "cluster of three, " + ServerProgram.usual();
    }

    @Override
    public void close() {
        masters.forEach(RedisServer::close);
    }

    /** Returns a free port whose bus port is free as well. */
    private static int portWithBus() {
        while (true) {
            int port = RedisServer.freePort();
            if (port <= 65_535 - TO_BUS && isFree(port + TO_BUS)) {
                return port;
            }
        }
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }
}
