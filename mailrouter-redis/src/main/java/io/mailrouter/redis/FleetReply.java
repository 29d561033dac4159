package io.mailrouter.redis;

import io.mailrouter.health.FleetSnapshot;
import io.mailrouter.health.Order;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the script answers.
 *
 * @param fresh whether the batch was applied now, and not before
 * @param stored the sequence that was applied last before this one
 * @param nodes how many nodes are alive
 * @param ignored how many values were not ours to read
 * @param culprit the last key with such a value, empty without any
 * @param providers what is known, by provider; those of whom nothing is known are missing
 * @param orders what operators have ordered
 * @param circuits whether the fleet leaves a provider alone
 * @param holds the pauses that providers have asked for
 */
record FleetReply(
        boolean fresh,
        long stored,
        int nodes,
        long ignored,
        String culprit,
        Map<String, FleetSnapshot.Provider> providers,
        Map<OrderBook.Slot, SharedOrder> orders,
        Map<String, SharedCircuit> circuits,
        Map<String, SharedHold> holds) {

    private static final int HEAD = 6;

    /**
     * Reads an answer of the script.
     *
     * @param providers who was asked for, in that order
     * @param nanoTime this node's clock now
     * @param node this node's name
     */
    static FleetReply of(
            List<Object> answer, Collection<String> providers, FleetKeys keys, long nanoTime, String node) {
        Map<String, FleetSnapshot.Provider> known = new HashMap<>();
        Map<OrderBook.Slot, SharedOrder> orders = new HashMap<>();
        Map<String, SharedCircuit> circuits = new HashMap<>();
        Map<String, SharedHold> holds = new HashMap<>();
        long serverMillis = (Long) answer.get(0);
        long ignored = (Long) answer.get(4);
        String culprit = (String) answer.get(5);
        int at = HEAD;
        for (String provider : providers) {
            String line = (String) answer.get(at++);
            if (!line.isEmpty()) {
                known.put(provider, provider(line));
            }
            for (Order.Topic topic : Order.Topic.values()) {
                String text = (String) answer.get(at++);
                Optional<SharedOrder> order =
                        SharedOrder.parse(text).filter(o -> o.kind().topic() == topic);
                order.ifPresent(o -> orders.put(new OrderBook.Slot(provider, topic), o));
                if (order.isEmpty() && !text.isEmpty()) {
                    ignored++;
                    culprit = keys.state(provider);
                }
            }
            String circuit = (String) answer.get(at++);
            SharedCircuit.parse(circuit, serverMillis, nanoTime, node).ifPresent(c -> circuits.put(provider, c));
            String hold = (String) answer.get(at++);
            SharedHold.parse(hold, serverMillis, nanoTime).ifPresent(h -> holds.put(provider, h));
            if (isUnread(circuit, circuits.get(provider)) || isUnread(hold, holds.get(provider))) {
                ignored++;
                culprit = keys.state(provider);
            }
        }
        return new FleetReply(
                (Long) answer.get(1) == 1,
                (Long) answer.get(2),
                Math.toIntExact((Long) answer.get(3)),
                ignored,
                culprit,
                known,
                orders,
                circuits,
                holds);
    }

    private static boolean isUnread(String text, @Nullable Object read) {
        return !text.isEmpty() && read == null;
    }

    /** Says whether the script has read a batch, now or before. */
    boolean hasRead(long sequence) {
        return fresh || stored == sequence;
    }

    private static FleetSnapshot.Provider provider(String line) {
        String[] words = line.split(" ", -1);
        double latencySum = Double.parseDouble(words[6]);
        double latencies = Double.parseDouble(words[7]);
        // Of a counter that has faded to nearly nothing only digits are left, and no mean.
        double meanMillis = latencies > 1e-3 ? latencySum / latencies : 0;
        return new FleetSnapshot.Provider(
                Double.parseDouble(words[0]),
                Double.parseDouble(words[1]),
                Double.parseDouble(words[2]),
                Double.parseDouble(words[3]),
                Double.parseDouble(words[4]),
                Duration.ofNanos((long) (meanMillis * 1e6)),
                Long.parseLong(words[8]),
                Long.parseLong(words[9]));
    }
}
