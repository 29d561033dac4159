package io.mailrouter.sqs;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.sqs.model.Message;

/**
 * One message that is ours for a while, and how long. Safe to share between threads: it either begins or is released,
 * never both.
 */
final class Lease {

    /** Longer than a call and its second try take. */
    private static final Duration TO_GIVE_BACK = Duration.ofSeconds(30);

    /**
     * The queue's 12 h, less what a receive and a change may take together: the queue's clock begins before its answer is
     * here, and ends when the change is there.
     */
    private static final Duration LONGEST = Duration.ofHours(12).minusMinutes(1);

    private enum Stage {
        WAITING,
        RUNNING,
        DONE,
        GIVEN_BACK
    }

    private final ReceivedMessage received;
    private final boolean probe;
    private final Duration visibility;
    private final double heartbeatAt;
    private final long begin;
    private final long endOfLease;
    private final long reserve;

    private Stage stage = Stage.WAITING;
    private long heldUntil;
    private long extendAt;
    private boolean extensionFailed;
    private boolean lost;
    private boolean probeOver;

    Lease(Message message, boolean probe, Settings settings, Surroundings around) {
        this.received = new ReceivedMessage(message, around.now());
        this.probe = probe;
        this.visibility = settings.visibility();
        this.heartbeatAt = settings.heartbeatAt();
        long now = around.nanos();
        this.begin = now;
        this.endOfLease = now + settings.maxLease().toNanos();
        this.reserve = Math.min(TO_GIVE_BACK.toNanos(), settings.maxLease().toNanos() / 3);
        holdFor(now, visibility);
    }

    ReceivedMessage received() {
        return received;
    }

    Message message() {
        return received.message();
    }

    String id() {
        return received.id();
    }

    int receiveCount() {
        return received.receiveCount();
    }

    boolean isProbe() {
        return probe;
    }

    /** Returns true once: when a probe is over, by what it showed or in any other way. */
    synchronized boolean endProbe() {
        boolean first = probe && !probeOver;
        probeOver = true;
        return first;
    }

    /** Returns whether the send may begin; it may not when the message was given back or lost before. */
    synchronized boolean start() {
        if (stage != Stage.WAITING || lost) {
            return false;
        }
        stage = Stage.RUNNING;
        return true;
    }

    /** Returns whether the message may be given back unstarted. */
    synchronized boolean release() {
        if (stage != Stage.WAITING || lost) {
            return false;
        }
        stage = Stage.GIVEN_BACK;
        return true;
    }

    /** Notes that the send has ended; the message is still kept until it is deleted. */
    synchronized void done() {
        stage = Stage.DONE;
    }

    /** Notes that the send has ended and another is to follow. Returns whether the message is still ours. */
    synchronized boolean hold() {
        if (stage != Stage.RUNNING || lost) {
            return false;
        }
        stage = Stage.WAITING;
        return true;
    }

    /** Returns the delay, or as much of it as the queue still grants now, in whole seconds. */
    Duration granted(Duration delay, long now) {
        long longest = LONGEST.minusNanos(now - begin).toSeconds();
        return delay.toSeconds() <= longest ? delay : Duration.ofSeconds(Math.max(0, longest));
    }

    /** Ends the heartbeats, so that none undoes the delay that is set next. */
    synchronized void giveBack() {
        stage = Stage.GIVEN_BACK;
    }

    synchronized boolean isRunning() {
        return stage == Stage.RUNNING;
    }

    synchronized boolean isStarted() {
        return stage != Stage.WAITING;
    }

    /** Returns for how long to extend it now, zero for not at all. */
    synchronized Duration extension(long now) {
        boolean due = stage != Stage.GIVEN_BACK && !lost && now - extendAt >= 0;
        if (!due || endOfLease - now <= 0) {
            return Duration.ZERO;
        }
        Duration left = Duration.ofSeconds(Duration.ofNanos(endOfLease - now).toSeconds() + 1);
        return left.compareTo(visibility) < 0 ? left : visibility;
    }

    synchronized void extended(long now, Duration time) {
        extensionFailed = false;
        holdFor(now, time);
    }

    private void holdFor(long now, Duration time) {
        heldUntil = now + time.toNanos();
        extendAt = now + (long) (time.toNanos() * heartbeatAt);
    }

    /** The first failure is tried once more in the time that is left; after the second the message is not ours. */
    synchronized void extensionFailed(long now, boolean forGood) {
        if (forGood || extensionFailed) {
            heldUntil = now;
        }
        extensionFailed = true;
        extendAt = now + (heldUntil - now) / 2;
    }

    /** Returns true once: when the message has ceased to be ours without our doing. */
    synchronized boolean runsOut(long now) {
        if (lost || stage == Stage.GIVEN_BACK || now - heldUntil < 0) {
            return false;
        }
        lost = true;
        return true;
    }

    /** Returns for how long it may still be kept and given back in time; zero or less when that is over. */
    synchronized Duration timeLeft(long now) {
        return lost ? Duration.ZERO : Duration.ofNanos(endOfLease - reserve - now);
    }

    synchronized boolean isLost() {
        return lost;
    }

    /** By the message and not by where it lies in memory, so that a walk through a set of leases can be repeated. */
    @Override
    public int hashCode() {
        return Objects.hashCode(id());
    }

    /** Each receive is a lease of its own. */
    @Override
    public boolean equals(@Nullable Object other) {
        return this == other;
    }
}
