package io.mailrouter;

import io.mailrouter.health.Fleet;
import io.mailrouter.health.FleetSnapshot;
import io.mailrouter.health.Order;
import io.mailrouter.health.StandingOrder;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What operators have ordered about the providers, on this node and elsewhere in the fleet.
 *
 * <p>An order ends by itself: whoever asks compares the clock. Orders of the fleet are taken over by whoever asks first
 * after they were heard, so that no thread is needed for them.
 */
final class Switchboard {

    private static final Line UNTOUCHED = new Line(null, null, null);

    private final List<String> providers;
    private final @Nullable Fleet fleet;
    private final Time time;
    private final Seldom seldom;
    private final Runnable hearing = this::hearNow;
    private final Map<String, Runnable> watchers = new ConcurrentHashMap<>();
    private final ReentrantLock lock = new ReentrantLock();

    /** Only those about whom something was ever ordered, so that asking costs nothing as a rule. */
    private volatile Map<String, Line> lines;

    private volatile Map<String, List<Order>> heard = Map.of();
    private final List<Consumer<FleetSnapshot>> ears = new CopyOnWriteArrayList<>();
    private volatile @Nullable FleetSnapshot last;

    /** The last order about each topic, and what the node's configuration says. */
    private record Line(
            @Nullable StandingOrder use,
            @Nullable StandingOrder weight,
            @Nullable StandingOrder configured) {

        Line with(StandingOrder order) {
            return order.kind().topic() == Order.Topic.USE
                    ? new Line(order, weight, configured)
                    : new Line(use, order, configured);
        }

        Line unconfigured() {
            return new Line(use, weight, null);
        }
    }

    /**
     * Begins without any order.
     *
     * @param providers the only names that there are
     * @param disabled who is switched off on this node without an end
     */
    Switchboard(Collection<String> providers, Set<String> disabled, @Nullable Fleet fleet, Time time, Seldom seldom) {
        this.providers = List.copyOf(providers);
        this.fleet = fleet;
        this.time = time;
        this.seldom = seldom;
        Map<String, Line> first = new HashMap<>();
        for (String name : disabled) {
            StandingOrder off =
                    new StandingOrder(Order.Kind.DISABLED, 1, "configured", time.now(), Optional.empty(), time.nanos());
            first.put(name, new Line(null, null, off));
        }
        this.lines = Map.copyOf(first);
    }

    /** Calls a watcher after each order about a provider, the fleet's too, on the thread that took it. */
    void watch(String provider, Runnable watcher) {
        watchers.put(provider, watcher);
    }

    /** Passes on what the fleet knows, to whoever orders are not all that concerns, after each exchange; as orders are. */
    void listen(Consumer<FleetSnapshot> ear) {
        ears.add(ear);
    }

    /** Says whether an order reaches other nodes. */
    boolean isShared() {
        return fleet != null;
    }

    /** Returns the order because of which no attempt through a provider may begin now, if there is one. */
    Optional<StandingOrder> stop(String provider) {
        Line line = lines.get(provider);
        return line == null ? Optional.empty() : stop(line);
    }

    private Optional<StandingOrder> stop(Line line) {
        return standing(line.use).filter(order -> order.kind().stops()).or(() -> Optional.ofNullable(line.configured));
    }

    /** Returns the order that gives a provider another weight now, if there is one. */
    Optional<StandingOrder> weight(String provider) {
        Line line = lines.get(provider);
        return line == null
                ? Optional.empty()
                : standing(line.weight).filter(order -> order.kind() == Order.Kind.WEIGHT);
    }

    private Optional<StandingOrder> standing(@Nullable StandingOrder order) {
        return order != null && order.stands(time.nanos()) ? Optional.of(order) : Optional.empty();
    }

    /**
     * Takes an order, which counts from now on here, and soon on every node.
     *
     * @throws IllegalStateException when it would stop the last provider that is not stopped, unless that is forced
     */
    StandingOrder order(
            String provider, Order.Kind kind, double weight, String reason, Duration expiry, boolean forced) {
        long now = time.nanos();
        Order order = new Order(kind, weight, reason, now, now + expiry.toNanos());
        Set<String> touched;
        StandingOrder standing;
        lock.lock();
        try {
            touched = adopt();
            if (kind.stops() && !forced && isLast(provider)) {
                throw new IllegalStateException("provider '" + provider
                        + "' is the last that is not switched off: enable another one first, or use forced()");
            }
            Line line = lines.getOrDefault(provider, UNTOUCHED);
            standing = standing(order);
            put(provider, (kind == Order.Kind.ENABLED ? line.unconfigured() : line).with(standing));
            if (fleet != null) {
                seldom.guard("fleet", () -> fleet.order(provider, order));
            }
        } finally {
            lock.unlock();
        }
        touched.add(provider);
        tell(touched);
        return standing;
    }

    private boolean isLast(String provider) {
        Predicate<String> used = name -> stop(name).isEmpty();
        return used.test(provider)
                && providers.stream().filter(name -> !name.equals(provider)).noneMatch(used);
    }

    /** Takes over what the fleet has been ordered since the last call. Never blocks for longer than that takes. */
    void hear() {
        if (fleet != null) {
            seldom.guard("fleet", hearing);
        }
    }

    @SuppressWarnings("ReferenceEquality")
    private void hearNow() {
        FleetSnapshot now = fleet == null ? FleetSnapshot.none() : fleet.snapshot();
        if (now == last) {
            return;
        }
        last = now;
        if (now.orders() != heard) {
            hearOrders();
        }
        for (Consumer<FleetSnapshot> ear : ears) {
            ear.accept(now);
        }
    }

    private void hearOrders() {
        Set<String> touched;
        lock.lock();
        try {
            touched = adopt();
        } finally {
            lock.unlock();
        }
        tell(touched);
    }

    /** A fleet shows our own order as soon as it has it, so whatever differs from what was heard last is newer. */
    private Set<String> adopt() {
        Map<String, List<Order>> now = shared();
        Set<String> touched = new HashSet<>();
        for (String provider : providers) {
            List<Order> before = heard.getOrDefault(provider, List.of());
            for (Order order : now.getOrDefault(provider, List.of())) {
                if (!before.contains(order)) {
                    put(provider, lines.getOrDefault(provider, UNTOUCHED).with(standing(order)));
                    touched.add(provider);
                }
            }
        }
        heard = now;
        return touched;
    }

    private Map<String, List<Order>> shared() {
        return fleet == null ? Map.of() : fleet.snapshot().orders();
    }

    private StandingOrder standing(Order order) {
        Duration age = time.since(order.since());
        Duration left = Duration.ofNanos(order.until() - time.nanos());
        return new StandingOrder(
                order.kind(),
                order.weight(),
                order.reason(),
                time.now().minus(age),
                Optional.of(time.now().plus(left)),
                order.until());
    }

    private void put(String provider, Line line) {
        Map<String, Line> next = new HashMap<>(lines);
        next.put(provider, line);
        lines = Map.copyOf(next);
    }

    private void tell(Set<String> touched) {
        for (String provider : touched) {
            Runnable watcher = watchers.get(provider);
            if (watcher != null) {
                watcher.run();
            }
        }
    }
}
