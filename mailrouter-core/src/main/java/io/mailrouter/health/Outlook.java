package io.mailrouter.health;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the providers at one moment: what this node has seen, blended with what its fleet has.
 *
 * <p>Immutable, made for one decision. The newer a node's own knowledge of a latency, the more it counts, yet never more
 * than 0.7 while the fleet has some; the fleet's fades out while it is between 5 and 15 s old. Of the two error rates
 * the higher one holds, for a failure that anybody has seen is a reason for care, which the luck of others must not
 * average away. The fleet's is the share of its attempts that failed, but no more than 0.2 for each failure in its
 * decaying counts, as for a node by itself: one failure among two attempts says little.
 */
public final class Outlook {

    private static final double MOST_OF_OWN = 0.7;
    private static final double FRESH_NANOS = Duration.ofSeconds(5).toNanos();
    private static final double STALE_NANOS = Duration.ofSeconds(15).toNanos();

    private final @Nullable FleetSnapshot snapshot;
    private final long now;
    private final double freshness;

    /**
     * Looks at the fleet's knowledge once.
     *
     * @param snapshot what the fleet knows; null without a fleet
     * @param now the reading of the clock that all knowledge is timed by, in nanoseconds
     */
    public Outlook(@Nullable FleetSnapshot snapshot, long now) {
        this.snapshot = snapshot;
        this.now = now;
        this.freshness = snapshot == null ? 0 : freshness(now - snapshot.takenAt());
    }

    private static double freshness(long age) {
        return Math.max(0, Math.min(1, (STALE_NANOS - age) / (STALE_NANOS - FRESH_NANOS)));
    }

    /** Returns the reading of the clock that it was made with. */
    public long at() {
        return now;
    }

    /**
     * Returns the mean time of an accepted attempt in nanoseconds, 0 if nobody knows; more if one of this node's attempts
     * has been waiting longer than that, so that a hang is seen before it ends.
     */
    public long latencyNanos(String provider, ProviderHealth own) {
        long seen = seenNanos(provider, own);
        return seen == 0 ? 0 : Math.max(seen, own.waitingNanos(now));
    }

    private long seenNanos(String provider, ProviderHealth own) {
        double here = own.latencyNanos(now);
        FleetSnapshot.Provider fleet = fleet(provider);
        double there = fleet == null || snapshot == null ? 0 : own.fleetLatencyNanos(fleet, snapshot.takenAt(), now);
        if (here == 0 || there == 0) {
            return (long) (here + there);
        }
        double weight = Math.min(MOST_OF_OWN, Math.exp(-own.latencyAgeNanos(now) / ProviderHealth.TAU_NANOS));
        double fleetWeight = (1 - weight) * freshness;
        return (long) ((weight * here + fleetWeight * there) / (weight + fleetWeight));
    }

    /** Returns how much it fails lately, 0 to 1. */
    public double errorRate(String provider, ProviderHealth own) {
        double here = own.errorRate(now);
        FleetSnapshot.Provider fleet = fleet(provider);
        if (fleet == null) {
            return here;
        }
        double there = Math.min(fleet.errorRate(), ProviderHealth.FAILURE * (fleet.unavailable() + fleet.ambiguous()));
        return Math.max(here, freshness * there);
    }

    private FleetSnapshot.@Nullable Provider fleet(String provider) {
        return freshness == 0 || snapshot == null ? null : snapshot.providers().get(provider);
    }
}
