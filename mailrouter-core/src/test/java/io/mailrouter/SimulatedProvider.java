package io.mailrouter;

import io.mailrouter.email.Email;
import io.mailrouter.email.Feature;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.EmailProvider;
import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A service that behaves as planned: one for all nodes, so that it sees what they send together. */
final class SimulatedProvider implements EmailProvider {

    private static final Outcome SENT = new Outcome.Accepted("m");
    private static final Outcome REFUSED = new Outcome.Unavailable("connection_refused", "");
    private static final Outcome TOO_LATE = new Outcome.Unknown("timeout", "");
    private static final Outcome USED_UP = new Outcome.QuotaExhausted("quota", "");
    private static final Duration QUICK = Duration.ofMillis(20);

    private static final Capabilities CAPABILITIES =
            Capabilities.builder().features(Feature.values()).honoursDeadline().build();

    private final String name;
    private final Simulation world;
    private final SimulatedChance chance;
    private final TreeMap<Long, Behaviour> plan = new TreeMap<>();

    /** An answer, and how long it takes. */
    record Answer(Outcome outcome, Duration takes) {}

    /** What a service does while it is in one state. */
    @FunctionalInterface
    interface Behaviour {
        Answer answer(SimulatedChance chance, long nanos);
    }

    /** Begins by taking so long for half of what it is asked for. */
    SimulatedProvider(String name, Simulation world, Behaviour atFirst) {
        this.name = name;
        this.world = world;
        this.chance = new SimulatedChance(name.hashCode());
        plan.put(0L, atFirst);
    }

    SimulatedProvider from(Duration at, Behaviour behaviour) {
        plan.put(at.toNanos(), behaviour);
        return this;
    }

    /** Accepts, and takes so long for half of the emails. */
    static Behaviour within(Duration median) {
        return (chance, nanos) -> sent(chance, median);
    }

    private static Answer sent(SimulatedChance chance, Duration median) {
        return new Answer(SENT, spread(chance, median));
    }

    private static Duration spread(SimulatedChance chance, Duration median) {
        return Duration.ofNanos((long) (median.toNanos() * chance.spread()));
    }

    /** Fails at once, by its own fault. */
    static Behaviour failingFast() {
        return failingWithin(QUICK);
    }

    /** Fails by its own fault, and takes so long for half of what it is asked for. */
    static Behaviour failingWithin(Duration median) {
        return (chance, nanos) -> new Answer(REFUSED, spread(chance, median));
    }

    /** Fails a share of what it is asked for at once. */
    static Behaviour flaky(double share, Duration median) {
        return (chance, nanos) ->
                chance.nextDouble() < share ? new Answer(REFUSED, spread(chance, QUICK)) : sent(chance, median);
    }

    /** Accepts so many in a second, and asks for a pause beyond them. */
    static Behaviour throttling(int perSecond, Optional<Duration> hint, Duration median) {
        double[] tokens = {perSecond};
        long[] last = {0};
        Outcome slowDown = new Outcome.Throttled("too_many_requests", "", hint);
        return (chance, nanos) -> {
            tokens[0] = Math.min(perSecond, tokens[0] + (nanos - last[0]) * 1e-9 * perSecond);
            last[0] = nanos;
            if (tokens[0] < 1) {
                return new Answer(slowDown, spread(chance, QUICK));
            }
            tokens[0]--;
            return sent(chance, median);
        };
    }

    /** Accepts so many and then none. */
    static Behaviour until(int quota, Duration median) {
        int[] left = {quota};
        return (chance, nanos) -> left[0]-- > 0 ? sent(chance, median) : new Answer(USED_UP, spread(chance, QUICK));
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Capabilities capabilities() {
        return CAPABILITIES;
    }

    @Override
    public Outcome send(Email email, Attempt.Context context) {
        Map.Entry<Long, Behaviour> state = plan.floorEntry(world.passedNanos());
        Answer answer = state.getValue().answer(chance, world.passedNanos());
        Duration allowed = context.remaining();
        boolean inTime = answer.takes().compareTo(allowed) < 0;
        world.sleep(inTime ? answer.takes() : allowed);
        return inTime ? answer.outcome() : TOO_LATE;
    }
}
