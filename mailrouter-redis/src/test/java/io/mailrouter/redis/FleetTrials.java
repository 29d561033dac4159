package io.mailrouter.redis;

import static org.awaitility.Awaitility.await;

import io.mailrouter.redis.NodeProcesses.Scene;
import io.mailrouter.redis.Referee.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** What nodes are put through, by tests that hold the result against a bound and by {@link FleetFigures}. */
final class FleetTrials {

    private static final int VICTIMS = 3;

    private final NodeProcesses nodes;
    private final Referee referee;
    private final String uri;

    /**
     * @param nodes standing ones
     * @param uri where they meet
     */
    FleetTrials(NodeProcesses nodes, Referee referee, String uri) {
        this.nodes = nodes;
        this.referee = referee;
        this.uri = uri;
    }

    /** How far a quota was used, and what the sends came to on the nodes that have lived to tell. */
    record Spent(int quota, long accepted, List<Words> ended) {

        long overshoot() {
            return Math.max(0, accepted - quota);
        }
    }

    /** Lets all nodes together want 1.6 times a quota, kills three midway and starts as many. */
    Spent quota(String name, int quota) {
        String[] words = {"uri=" + uri, "maxWait=0", "provider=name=" + name + ",daily=" + quota};
        int each = quota * 8 / 5 / nodes.all().size();
        try (Scene fleet = nodes.open(name, words)) {
            List<NodeProcess> first = nodes.all();
            List<CompletableFuture<Words>> sending = wanting(fleet, first, each);
            await().atMost(NodeProcesses.LONG).until(() -> referee.accepted(name) > quota / 3);
            first.subList(0, VICTIMS).forEach(nodes::kill);
            List<NodeProcess> fresh = nodes.start(VICTIMS);
            // A node that has not heard from its fleet for 2.5 s goes on as if it were alone, which is not what is
            // tried here.
            fleet.open(fresh, words).awaitAll(status -> status.text("connected").equals("true"));
            List<CompletableFuture<Words>> more = wanting(fleet, fresh, each);
            List<Words> ended = new ArrayList<>();
            for (int i = VICTIMS; i < first.size(); i++) {
                ended.add(first.get(i).await(sending.get(i)));
            }
            for (int i = 0; i < VICTIMS; i++) {
                ended.add(fresh.get(i).await(more.get(i)));
            }
            return new Spent(quota, referee.accepted(name), ended);
        }
    }

    private static List<CompletableFuture<Words>> wanting(Scene fleet, List<NodeProcess> who, int count) {
        return who.stream()
                .map(node -> fleet.ask(node, "send", "count=" + count, "rate=80", "threads=2"))
                .toList();
    }

    /**
     * How much of a rate was used, and how much in the worst second, 1 for all of it.
     *
     * @param stall for how many seconds at most the machine let nobody go on: what it held back came all at once then
     */
    record Paced(double used, double worst, double stall) {}

    /** Lets all nodes want more than a rate allows for so many seconds. */
    Paced rate(String name, int rate, int seconds) {
        try (Scene fleet = nodes.open(name, "uri=" + uri, "provider=name=" + name + ",rate=" + rate)) {
            nodes.all().forEach(node -> fleet.ask(node, "send", "count=1000000", "threads=2"));
            await().atMost(NodeProcesses.LONG).until(() -> referee.accepted(name) > rate);
            long began = System.nanoTime();
            long before = referee.accepted(name);
            double stall = 0;
            for (long last = began; last - began < TimeUnit.SECONDS.toNanos(seconds); ) {
                pause(5);
                long now = System.nanoTime();
                stall = Math.max(stall, (now - last) / 1e9);
                last = now;
            }
            long sent = referee.accepted(name) - before;
            double took = (System.nanoTime() - began) / 1e9;
            return new Paced(sent / took / rate, (double) referee.worstSecond(name) / rate, stall);
        }
    }

    /** Lets a provider fail for two nodes, and returns after how many ms every node leaves it alone. */
    long circuit(String name, int syncMillis) {
        referee.tell(name, Answer.UNAVAILABLE);
        try (Scene fleet = nodes.open(
                name,
                "uri=" + uri,
                "sync=" + syncMillis,
                "provider=name=" + name,
                "provider=name=" + name + "-other")) {
            fleet.call(nodes.get(0), "send", "count=8");
            fleet.call(nodes.get(1), "send", "count=8");
            long open = System.nanoTime();
            fleet.awaitAll(status -> status.text(name).equals("DOWN"));
            return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - open);
        }
    }

    /** Lets time pass, for that is what is measured. */
    static void pause(long millis) {
        try {
            boolean unused = new CountDownLatch(1).await(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
