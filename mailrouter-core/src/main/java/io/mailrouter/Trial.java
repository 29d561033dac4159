package io.mailrouter;

import java.time.Duration;

/**
 * The few attempts by which a provider shows that it works again: the first by itself, and the others once it was accepted,
 * for in an outage each one more would pay as well. Not safe to share between threads.
 */
final class Trial {

    private final BreakerSettings settings;
    private int underWay;
    private int accepted;
    private int slow;
    private long lastBegun;

    Trial(BreakerSettings settings) {
        this.settings = settings;
    }

    /** Notes that an attempt begins. */
    void begin(long now) {
        underWay++;
        lastBegun = now;
    }

    /** Notes that an attempt was accepted. */
    void accept(Duration elapsed) {
        underWay--;
        accepted++;
        slow += elapsed.compareTo(settings.slowCall()) > 0 ? 1 : 0;
    }

    /** Notes that an attempt says nothing about the provider, so that another may be made in its place. */
    void giveBack() {
        underWay--;
    }

    /** Says whether no further attempt may begin now. */
    boolean isFull() {
        return accepted + underWay >= settings.trialCalls() || (accepted == 0 && underWay > 0);
    }

    /** Says whether as many attempts were accepted as it takes. */
    boolean isOver() {
        return accepted >= settings.trialCalls();
    }

    /** Says whether too many of them were slow. */
    boolean isTooSlow() {
        return 100 * slow >= settings.slowPercent() * settings.trialCalls();
    }

    /**
     * Says whether it waits for attempts whose ends will not come any more, lost with their threads. One that only lacks
     * emails goes on: nothing has failed.
     */
    boolean isLost(long now) {
        return underWay > 0 && now - lastBegun > settings.maxTrial().toNanos();
    }
}
