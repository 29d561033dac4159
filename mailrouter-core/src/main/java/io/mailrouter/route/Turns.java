package io.mailrouter.route;

import io.mailrouter.email.Email;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/**
 * Shares emails out, evenly spread: smooth weighted round-robin. With each email everyone who may send it gains its share
 * of one, and whoever has gained most takes it and pays one. What is gained and not yet taken is kept by name, so that
 * who was away for a while neither catches up nor falls behind.
 */
final class Turns implements Routing {

    private static final double LEAST = 0.001;
    private static final double MOST = 1_000;

    /** One email. Whole numbers stay exact, so that equal shares stay equal for ever. */
    private static final double ONE = 1L << 40;

    private static final long STANDS_BY = Long.MIN_VALUE;

    private final ToDoubleFunction<Candidate> weight;
    private final Set<String> names;
    private final Map<String, Long> due = new HashMap<>();
    private final Object lock = new Object();

    /**
     * Begins with nothing due.
     *
     * @param weight of a candidate; who has 0 stands by
     * @param names of the providers that weights were given for
     */
    Turns(ToDoubleFunction<Candidate> weight, Set<String> names) {
        this.weight = weight;
        this.names = names;
    }

    static Turns weighted(Map<String, Double> weights) {
        Map<String, Double> byName = Map.copyOf(weights);
        if (byName.isEmpty()) {
            throw new IllegalArgumentException("weighted needs the weight of at least one provider");
        }
        byName.forEach((name, weight) -> {
            if (!(weight >= LEAST && weight <= MOST)) {
                throw new IllegalArgumentException(
                        "weight of provider '" + name + "' is " + weight + ": " + LEAST + " to " + MOST + " is needed");
            }
        });
        return new Turns(c -> c.weight() * byName.getOrDefault(c.name(), 0.0), byName.keySet());
    }

    @Override
    public List<Candidate> rank(Email email, List<Candidate> eligible) {
        long[] shares = shares(eligible);
        synchronized (lock) {
            long[] after = after(shares, eligible);
            int next = mostDue(after);
            for (int i = 0; i < after.length; i++) {
                if (shares[i] > 0) {
                    due.put(eligible.get(i).name(), i == next ? after[i] - sum(shares) : after[i]);
                }
            }
            return ordered(after, eligible);
        }
    }

    @Override
    public List<Candidate> preview(Email email, List<Candidate> eligible) {
        synchronized (lock) {
            return ordered(after(shares(eligible), eligible), eligible);
        }
    }

    /** Everyone's share of one email; 0 for those who stand by. */
    private long[] shares(List<Candidate> eligible) {
        double all = 0;
        for (Candidate candidate : eligible) {
            all += share(candidate);
        }
        long[] shares = new long[eligible.size()];
        for (int i = 0; i < shares.length; i++) {
            shares[i] = all == 0 ? 0 : Math.round(ONE * share(eligible.get(i)) / all);
        }
        return shares;
    }

    /** What is due to each once this email is shared out. */
    private long[] after(long[] shares, List<Candidate> eligible) {
        long[] after = new long[shares.length];
        for (int i = 0; i < shares.length; i++) {
            after[i] = shares[i] > 0 ? due.getOrDefault(eligible.get(i).name(), 0L) + shares[i] : STANDS_BY;
        }
        return after;
    }

    private static long sum(long[] shares) {
        long sum = 0;
        for (long share : shares) {
            sum += share;
        }
        return sum;
    }

    private double share(Candidate candidate) {
        return weight.applyAsDouble(candidate) * candidate.slowStart();
    }

    private static int mostDue(long[] after) {
        int most = 0;
        for (int i = 1; i < after.length; i++) {
            if (after[i] > after[most]) {
                most = i;
            }
        }
        return most;
    }

    private static List<Candidate> ordered(long[] after, List<Candidate> eligible) {
        double[] ascending = new double[after.length];
        for (int i = 0; i < after.length; i++) {
            ascending[i] = -(double) after[i];
        }
        return Ascending.by(ascending, eligible);
    }

    @Override
    public boolean ramps() {
        return true;
    }

    @Override
    public Set<String> names() {
        return names;
    }
}
