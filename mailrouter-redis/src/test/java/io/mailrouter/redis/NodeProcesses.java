package io.mailrouter.redis;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/** Several nodes, each in a JVM of its own, that are given the same orders. */
final class NodeProcesses implements AutoCloseable {

    /** More at once would only wait for each other on a small machine. */
    private static final int WAVE = 4;

    static final Duration LONG = Duration.ofSeconds(90);

    private final Referee referee;
    private final List<NodeProcess> nodes = new ArrayList<>();
    private int started;

    NodeProcesses(Referee referee) {
        this.referee = referee;
    }

    static NodeProcesses started(Referee referee, int count) {
        NodeProcesses nodes = new NodeProcesses(referee);
        nodes.start(count);
        return nodes;
    }

    /** Starts more nodes, in waves, and returns them when they answer. */
    List<NodeProcess> start(int count) {
        List<NodeProcess> fresh = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            NodeProcess node = NodeProcess.start("n" + ++started, referee);
            nodes.add(node);
            fresh.add(node);
            if (fresh.size() % WAVE == 0) {
                fresh.subList(fresh.size() - WAVE, fresh.size()).forEach(one -> one.call("resources"));
            }
        }
        fresh.forEach(one -> one.call("resources"));
        return fresh;
    }

    NodeProcess get(int index) {
        return nodes.get(index);
    }

    List<NodeProcess> all() {
        return List.copyOf(nodes);
    }

    /** Kills a node with no word of goodbye and forgets it. */
    void kill(NodeProcess node) {
        node.kill();
        nodes.remove(node);
    }

    /** Gives all the same order and returns their answers. */
    List<Words> call(String order, String... words) {
        return answers(nodes, order, words);
    }

    static List<Words> answers(List<NodeProcess> nodes, String order, String... words) {
        List<CompletableFuture<Words>> asked =
                nodes.stream().map(node -> node.ask(order, words)).toList();
        return IntStream.range(0, nodes.size())
                .mapToObj(i -> nodes.get(i).await(asked.get(i)))
                .toList();
    }

    /** Opens the service of one fleet on every node and waits until all see each other. */
    Scene open(String fleet, String... words) {
        return new Scene(this, fleet).open(nodes, words).awaitTogether();
    }

    @Override
    public void close() {
        nodes.forEach(NodeProcess::close);
    }

    /** One fleet on these nodes: a service on each, under the fleet's name. */
    record Scene(NodeProcesses all, String fleet) implements AutoCloseable {

        Scene open(List<NodeProcess> nodes, String... words) {
            answers(nodes, "open", named(words));
            return this;
        }

        /** Waits until every node is connected and sees every other. */
        Scene awaitTogether() {
            return awaitAll(
                    status -> status.text("connected").equals("true") && status.number("nodes") == all.nodes.size());
        }

        Scene awaitAll(Predicate<Words> state) {
            await().atMost(LONG)
                    .pollInterval(Duration.ofMillis(10L * all.nodes.size()))
                    .until(() -> call("status").stream().allMatch(state));
            return this;
        }

        List<Words> call(String order, String... words) {
            return all.call(order, named(words));
        }

        Words call(NodeProcess node, String order, String... words) {
            return node.call(order, named(words));
        }

        CompletableFuture<Words> ask(NodeProcess node, String order, String... words) {
            return node.ask(order, named(words));
        }

        String[] named(String... words) {
            String[] named = Arrays.copyOf(words, words.length + 1);
            named[words.length] = "fleet=" + fleet;
            return named;
        }

        @Override
        public void close() {
            call("close");
        }
    }

    /** Returns the sum of a number over several answers. */
    static long sum(List<Words> answers, String name) {
        return answers.stream().mapToLong(answer -> answer.number(name)).sum();
    }
}
