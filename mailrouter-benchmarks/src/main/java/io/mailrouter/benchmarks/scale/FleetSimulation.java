package io.mailrouter.benchmarks.scale;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/**
 * A {@link Fleet} at work on a queue that never ends, by discrete events in virtual time: who waits for what, and how much
 * gets through.
 *
 * <p>A message is received, waits in its node for a sender, costs CPU and, with a key, a turn at Redis, waits for its
 * provider's rate and for a free request, and for an answer that takes an exponentially distributed time. Providers take
 * turns. Where the library would pass over a full provider and come back later, here a message waits for it.
 */
final class FleetSimulation {

    private record Event(double at, long number, Runnable what) implements Comparable<Event> {

        @Override
        public int compareTo(Event other) {
            int byTime = Double.compare(at, other.at);
            return byTime != 0 ? byTime : Long.compare(number, other.number);
        }
    }

    /**
     * What one run has shown.
     *
     * @param perSecond how many emails were sent in a second
     * @param sending how many sends were under way, on average
     * @param sendSeconds how long a send took, on average, from its sender to its answer
     * @param use how much of each resource was in use, 1 for all of it, in the order in which a message needs them
     */
    record Outcome(double perSecond, double sending, double sendSeconds, Map<String, Double> use) {

        /** Returns what all others wait for: the last thing on a message's way that is full, or else the fullest. */
        Map.Entry<String, Double> limit() {
            return use.entrySet().stream()
                    .filter(entry -> entry.getValue() > FULL)
                    .reduce((earlier, later) -> later)
                    .or(() -> use.entrySet().stream().max(Map.Entry.comparingByValue()))
                    .orElseThrow();
        }
    }

    /** What a node has of its own. */
    private record Node(Resource polls, Resource senders, Resource cpu, List<Resource> inFlight) {}

    /** A sender is in use while it waits for something else. */
    private static final double FULL = 0.95;

    private static final List<String> WAY =
            List.of(Fleet.POLLS, Fleet.SENDERS, Fleet.CPU, Fleet.REDIS, Fleet.RATE, Fleet.IN_FLIGHT);

    private final Fleet fleet;
    private final SplittableRandom random;
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final List<Resource> resources = new ArrayList<>();
    private final List<Resource> rates = new ArrayList<>();
    private final Resource redis;
    private double now;
    private long number;
    private int turn;
    private long sent;
    private double sendTime;

    FleetSimulation(Fleet fleet, long seed) {
        this.fleet = fleet;
        this.random = new SplittableRandom(seed);
        this.redis = resource(Fleet.REDIS, 1);
        for (int i = 0; i < fleet.providers(); i++) {
            rates.add(resource(Fleet.RATE, 1));
        }
    }

    /** Sends so many emails to fill the fleet, and as many again, which count. */
    Outcome run(int sends) {
        for (int i = 0; i < fleet.nodes(); i++) {
            Node node = node();
            for (int message = 0; message < fleet.senders() + fleet.prefetch(); message++) {
                receive(node);
            }
        }
        until(sends);
        resources.forEach(Resource::reset);
        double begin = now;
        sent = 0;
        sendTime = 0;
        until(sends);
        return outcome(now - begin);
    }

    private Node node() {
        List<Resource> inFlight = new ArrayList<>();
        for (int i = 0; i < fleet.providers(); i++) {
            inFlight.add(resource(Fleet.IN_FLIGHT, fleet.maxInFlight()));
        }
        return new Node(
                resource(Fleet.POLLS, fleet.pollers()),
                resource(Fleet.SENDERS, fleet.senders()),
                resource(Fleet.CPU, fleet.cores()),
                inFlight);
    }

    private Resource resource(String name, int capacity) {
        Resource resource = new Resource(name, capacity, () -> now);
        resources.add(resource);
        return resource;
    }

    private void until(int sends) {
        while (sent < sends) {
            Event next = events.remove();
            now = next.at();
            next.what().run();
        }
    }

    private void receive(Node node) {
        use(node.polls(), fleet.pollSeconds(), () -> node.senders().acquire(() -> send(node, now)));
    }

    private void send(Node node, double begun) {
        int provider = turn++ % fleet.providers();
        Runnable end = () -> {
            sent++;
            sendTime += now - begun;
            node.senders().release();
            receive(node);
        };
        Runnable call = () -> use(node.inFlight().get(provider), answerSeconds(), end);
        Runnable paced = () -> use(rates.get(provider), 1 / fleet.rate(), call);
        Runnable keyed = fleet.keys() ? () -> use(redis, fleet.redisSeconds(), paced) : paced;
        use(node.cpu(), fleet.cpuSeconds(), keyed);
    }

    private double answerSeconds() {
        return -fleet.latencySeconds() * Math.log(1 - random.nextDouble());
    }

    private void use(Resource resource, double seconds, Runnable then) {
        resource.acquire(() -> events.add(new Event(now + seconds, number++, () -> {
            resource.release();
            then.run();
        })));
    }

    private Outcome outcome(double seconds) {
        Map<String, Double> held = new HashMap<>();
        Map<String, Integer> there = new HashMap<>();
        for (Resource resource : resources) {
            held.merge(resource.name(), resource.heldTime() / seconds, Double::sum);
            there.merge(resource.name(), resource.capacity(), Integer::sum);
        }
        Map<String, Double> use = new LinkedHashMap<>();
        WAY.forEach(name -> use.put(name, held.getOrDefault(name, 0.0) / there.getOrDefault(name, 1)));
        return new Outcome(sent / seconds, held.getOrDefault(Fleet.SENDERS, 0.0), sendTime / sent, use);
    }
}
