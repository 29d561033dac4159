package io.mailrouter.redis;

import io.mailrouter.health.Order;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The last order of each topic that this node knows of, and what the store does not know yet. Safe to share between
 * threads.
 *
 * <p>The order with the highest epoch counts. One that the store has lost is told to it again by every node that knows
 * it, so that a wiped store switches nothing on again.
 */
final class OrderBook {

    private final LongSupplier nanoTime;
    private final Map<Slot, Entry> entries = new HashMap<>();
    private volatile Map<String, List<Order>> orders = Map.of();

    /** What there is one order of. */
    record Slot(String provider, Order.Topic topic) {}

    /**
     * An order that is known.
     *
     * @param epoch that of the store; 0 while it has none
     * @param waits whether the store is to be told
     */
    record Entry(Order order, long epoch, boolean waits) {

        Entry waiting(boolean value) {
            return new Entry(order, epoch, value);
        }
    }

    OrderBook(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Notes an order that was given to this node. */
    synchronized void add(String provider, Order order) {
        entries.put(new Slot(provider, order.kind().topic()), new Entry(order, 0, true));
        publish();
    }

    /** Returns all that is known, by provider: the same map until that changes. */
    Map<String, List<Order>> orders() {
        return orders;
    }

    /** Returns what the store is to be told now. */
    synchronized Map<Slot, Entry> waiting() {
        Map<Slot, Entry> waiting = new HashMap<>();
        entries.forEach((slot, entry) -> {
            if (entry.waits() && stands(entry)) {
                waiting.put(slot, entry);
            }
        });
        return waiting;
    }

    /** Says whether an order stands that is not among those that were told. */
    synchronized boolean hasMoreThan(Map<Slot, Entry> told) {
        return entries.entrySet().stream().anyMatch(known -> {
            Entry entry = known.getValue();
            return entry.epoch() == 0 && stands(entry) && !entry.equals(told.get(known.getKey()));
        });
    }

    /**
     * Takes in the answer of one exchange.
     *
     * @param providers who was asked for
     * @param told what the store was told with it
     * @param heard what the store knows
     */
    synchronized void hear(Collection<String> providers, Map<Slot, Entry> told, Map<Slot, SharedOrder> heard) {
        boolean changed = false;
        for (String provider : providers) {
            for (Order.Topic topic : Order.Topic.values()) {
                Slot slot = new Slot(provider, topic);
                Entry known = entries.get(slot);
                Entry next = next(
                        known, known != null && known.equals(told.get(slot)), Optional.ofNullable(heard.get(slot)));
                if (next != null) {
                    entries.put(slot, next);
                    changed |= known == null || !known.order().equals(next.order());
                }
            }
        }
        if (changed) {
            publish();
        }
    }

    private @Nullable Entry next(@Nullable Entry known, boolean told, Optional<SharedOrder> heard) {
        if (known == null || heard.isEmpty()) {
            return known == null ? heard.map(this::entry).orElse(null) : known.waiting(true);
        }
        SharedOrder there = heard.get();
        if (isLater(known, told, there)) {
            return known.waiting(true);
        }
        return there.isSameAs(known.order(), nanoTime.getAsLong())
                ? new Entry(known.order(), there.epoch(), false)
                : entry(there);
    }

    /** An order that had ended before the store could be told of it outranks none. */
    private boolean isLater(Entry known, boolean told, SharedOrder there) {
        return known.epoch() == 0 ? !told && stands(known) : there.epoch() < known.epoch();
    }

    private Entry entry(SharedOrder heard) {
        return new Entry(heard.order(nanoTime.getAsLong()), heard.epoch(), false);
    }

    private boolean stands(Entry entry) {
        return entry.order().until() - nanoTime.getAsLong() > 0;
    }

    private void publish() {
        Map<String, List<Order>> all = new HashMap<>();
        entries.forEach((slot, entry) ->
                all.computeIfAbsent(slot.provider(), name -> new ArrayList<>()).add(entry.order()));
        all.replaceAll((provider, list) -> List.copyOf(list));
        orders = Map.copyOf(all);
    }

    /** Returns what the script is told about a topic: nothing as a rule. */
    String argument(Map<Slot, Entry> told, String provider, Order.Topic topic) {
        Entry entry = told.get(new Slot(provider, topic));
        return entry == null
                ? ""
                : SharedOrder.of(entry.order(), entry.epoch(), nanoTime.getAsLong())
                        .argument();
    }
}
