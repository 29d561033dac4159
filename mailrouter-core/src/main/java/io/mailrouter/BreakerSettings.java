package io.mailrouter;

import java.time.Duration;

/**
 * When a provider is left alone after failures, and for how long. Not safe to share between threads.
 *
 * <p>Only failures of the provider count: an email that is refused, a pause that is asked for and a wrong
 * configuration do not.
 */
public final class BreakerSettings {

    private int window = 20;
    private int minimumCalls = 10;
    private int failurePercent = 50;
    private int consecutiveFailures = 5;
    private Duration slowCall = Duration.ofSeconds(10);
    private int slowPercent = 80;
    private Duration openFor = Duration.ofSeconds(10);
    private Duration maxOpenFor = Duration.ofMinutes(5);
    private int trialCalls = 2;
    private Duration maxTrial = Duration.ofSeconds(30);

    BreakerSettings() {}

    /** Sets how many of the last attempts are looked at, and how many there must be to judge. 20 and 10 by default. */
    public BreakerSettings window(int attempts, int minimum) {
        if (minimum < 1 || attempts < minimum || attempts > 10_000) {
            throw new IllegalArgumentException("breaker window is " + attempts + " with a minimum of " + minimum
                    + ": 1 <= minimum <= window <= 10000 is needed");
        }
        window = attempts;
        minimumCalls = minimum;
        return this;
    }

    /** Sets the share of failures in the window, in percent, at which it opens. 50 by default. */
    public BreakerSettings failurePercent(int percent) {
        failurePercent = Range.within("breaker failurePercent", percent, 1, 100);
        return this;
    }

    /** Sets how many failures in a row open it at once. 5 by default. */
    public BreakerSettings consecutiveFailures(int count) {
        consecutiveFailures = Range.within("breaker consecutiveFailures", count, 1, 10_000);
        return this;
    }

    /** Sets from when an attempt counts as slow, and the share of them that opens it. 10 s and 80 by default. */
    public BreakerSettings slowCalls(Duration slowerThan, int percent) {
        slowCall = Range.positive("breaker slowCalls", slowerThan);
        slowPercent = Range.within("breaker slowCalls percent", percent, 1, 100);
        return this;
    }

    /**
     * Sets how long it stays open the first time, and at most: the time doubles with each trip in a row, which ends when
     * the provider has stayed closed for 30 s. Up to half of it is cut off by chance, and an email that has nobody else
     * but others on trial need not wait for that half. 10 s and 300 s by default.
     */
    public BreakerSettings openFor(Duration first, Duration atMost) {
        Range.positive("breaker openFor", first);
        Range.positive("breaker openFor", atMost);
        if (atMost.compareTo(first) < 0) {
            throw new IllegalArgumentException("breaker openFor is at first " + first + " and at most " + atMost
                    + ": the second must not be shorter");
        }
        openFor = first;
        maxOpenFor = atMost;
        return this;
    }

    /**
     * Sets how many attempts try it again, and how long they may take in all: the first by itself, the others once it was
     * accepted. The first of them that fails opens it again at once. 2 and 30 s by default. Where a fleet leaves a provider
     * alone, so many try it on one node for all, which has as long for that, at most 30 s, before another may.
     */
    public BreakerSettings trial(int calls, Duration atMost) {
        trialCalls = Range.within("breaker trial", calls, 1, 1_000);
        maxTrial = Range.positive("breaker trial", atMost);
        return this;
    }

    BreakerSettings copy() {
        BreakerSettings copy = new BreakerSettings();
        copy.window = window;
        copy.minimumCalls = minimumCalls;
        copy.failurePercent = failurePercent;
        copy.consecutiveFailures = consecutiveFailures;
        copy.slowCall = slowCall;
        copy.slowPercent = slowPercent;
        copy.openFor = openFor;
        copy.maxOpenFor = maxOpenFor;
        copy.trialCalls = trialCalls;
        copy.maxTrial = maxTrial;
        return copy;
    }

    int window() {
        return window;
    }

    int minimumCalls() {
        return minimumCalls;
    }

    int failurePercent() {
        return failurePercent;
    }

    int consecutiveFailures() {
        return consecutiveFailures;
    }

    Duration slowCall() {
        return slowCall;
    }

    int slowPercent() {
        return slowPercent;
    }

    Duration openFor() {
        return openFor;
    }

    Duration maxOpenFor() {
        return maxOpenFor;
    }

    int trialCalls() {
        return trialCalls;
    }

    Duration maxTrial() {
        return maxTrial;
    }
}
