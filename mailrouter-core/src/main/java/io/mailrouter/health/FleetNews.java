package io.mailrouter.health;

/**
 * Says when the fleet last had an attempt accepted by one provider, to within one exchange. A snapshot does not: its
 * counts decay alike, so that the mean they give stays what it was long after the last attempt. But a count that has
 * decayed less than time would have it was added to.
 *
 * <p>Safe to share between threads.
 */
final class FleetNews {

    /** The clocks of an exchange differ by its round trip: no more than a few hundredths of the time constant. */
    private static final double TOLERANCE = 1.03;

    private volatile Seen seen = new Seen(0, 0, 0, false);

    private record Seen(double count, long takenAt, long lastAccepted, boolean any) {

        Seen next(double now, long nowTakenAt) {
            double decayed = count * Math.exp(-(nowTakenAt - takenAt) / ProviderHealth.TAU_NANOS);
            boolean added = !any || now > decayed * TOLERANCE;
            return new Seen(now, nowTakenAt, added ? nowTakenAt : lastAccepted, true);
        }
    }

    /**
     * Returns when, on the clock of the snapshots.
     *
     * @param count the decaying count of accepted attempts in a snapshot
     * @param takenAt when that was taken
     */
    long lastAccepted(double count, long takenAt) {
        Seen last = seen;
        if (last.any && takenAt == last.takenAt) {
            return last.lastAccepted;
        }
        return note(count, takenAt);
    }

    private synchronized long note(double count, long takenAt) {
        if (!seen.any || takenAt - seen.takenAt > 0) {
            seen = seen.next(count, takenAt);
        }
        return seen.lastAccepted;
    }
}
