package io.mailrouter.limit;

import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.OptionalLong;

/**
 * How a new provider is used in its first days, which are counted in UTC. Immutable.
 *
 * <p>Before the first day it gets nothing; after the last one that is named it is bound no more.
 */
public final class WarmUp {

    private final LocalDate first;
    private final long[] caps;
    private final double[] shares;

    private WarmUp(LocalDate first, long[] caps, double[] shares) {
        this.first = first;
        this.caps = caps;
        this.shares = shares;
    }

    /** Returns a schedule that begins on that day and names nothing yet. */
    public static WarmUp startingOn(LocalDate first) {
        return new WarmUp(first, new long[0], new double[0]);
    }

    /**
     * Returns the same schedule with the most recipients for each day, from the first on.
     *
     * @throws IllegalArgumentException when there is none, or one is below 1
     */
    public WarmUp dailyCaps(long... recipients) {
        if (recipients.length == 0 || Arrays.stream(recipients).anyMatch(cap -> cap < 1)) {
            throw new IllegalArgumentException("warmUp dailyCaps are " + Arrays.toString(recipients)
                    + ": one or more, each at least 1, are needed");
        }
        return new WarmUp(first, recipients.clone(), shares);
    }

    /**
     * Returns the same schedule with the share of its usual emails that the provider gets on each day, from the first on:
     * 0.05 lets it stand behind the others for 95 % of the emails that it would have got.
     *
     * @throws IllegalArgumentException when there is none, or one is not above 0 and at most 1
     */
    public WarmUp shares(double... parts) {
        if (parts.length == 0 || !Arrays.stream(parts).allMatch(part -> part > 0 && part <= 1)) {
            throw new IllegalArgumentException("warmUp shares are " + Arrays.toString(parts)
                    + ": one or more, each above 0 and at most 1, are needed");
        }
        return new WarmUp(first, caps, parts.clone());
    }

    /** Says whether it names nothing. */
    public boolean isEmpty() {
        return caps.length == 0 && shares.length == 0;
    }

    /** Returns how many recipients may be sent to on a day, if that is bound. */
    public OptionalLong cap(LocalDate day) {
        long number = number(day);
        if (number < 0) {
            return OptionalLong.of(0);
        }
        return number < caps.length ? OptionalLong.of(caps[(int) number]) : OptionalLong.empty();
    }

    /** Returns which share of its usual emails the provider gets on a day, from 0 to 1. */
    public double share(LocalDate day) {
        long number = number(day);
        if (number < 0) {
            return 0;
        }
        return number < shares.length ? shares[(int) number] : 1;
    }

    private long number(LocalDate day) {
        return ChronoUnit.DAYS.between(first, day);
    }

    @Override
    public String toString() {
        return "WarmUp[from " + first + ", caps " + Arrays.toString(caps) + ", shares " + Arrays.toString(shares) + "]";
    }
}
