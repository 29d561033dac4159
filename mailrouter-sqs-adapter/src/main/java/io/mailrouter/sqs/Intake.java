package io.mailrouter.sqs;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** Decides whether messages may begin, by what the last ones met: follows outages, stops and defects. */
final class Intake {

    /** One failed message may be a blip, and stopping for it would cost more than trying the next. */
    private static final int FAILURES_OF_AN_OUTAGE = 3;

    private final Gate gate;
    private final Availability availability;
    private final boolean pauseWhenUnavailable;
    private final String queueName;
    private final Events events;
    private final Runnable onOutage;
    private final Consumer<String> onFatal;
    private final AtomicInteger failuresInARow = new AtomicInteger();
    private volatile boolean stopping;

    /**
     * Begins open.
     *
     * @param onOutage gives back what has not begun
     * @param onFatal begins to stop the consumer, and says why
     */
    Intake(
            Gate gate,
            Availability availability,
            boolean pauseWhenUnavailable,
            String queueName,
            Events events,
            Runnable onOutage,
            Consumer<String> onFatal) {
        this.gate = gate;
        this.availability = availability;
        this.pauseWhenUnavailable = pauseWhenUnavailable;
        this.queueName = queueName;
        this.events = events;
        this.onOutage = onOutage;
        this.onFatal = onFatal;
    }

    void stop() {
        stopping = true;
    }

    /** Returns why a message must not begin now, or nothing if it may. */
    Optional<String> notNow(Lease lease) {
        if (stopping) {
            return Optional.of("stopping");
        }
        return gate.isPaused() && !lease.isProbe() ? Optional.of("paused") : Optional.empty();
    }

    /** Says whether the service takes nothing now: no provider is usable, or one message after the other found none. */
    boolean inOutage() {
        return gate.isPaused() || availability.noneUsable() || failuresInARow.get() >= FAILURES_OF_AN_OUTAGE;
    }

    /** Notes what a message showed about the providers. */
    void ended(Lease lease, Sign sign) {
        try {
            switch (sign) {
                case TAKES -> resume();
                case ANSWERS -> {
                    // Only a probe was sent after the pause began; what was under way before shows what was before.
                    if (lease.isProbe() && !availability.noneUsable()) {
                        resume();
                    }
                }
                case OUTAGE -> {
                    failuresInARow.incrementAndGet();
                    pauseIfOutage();
                }
                case NOTHING, UNCLEAR -> {}
            }
        } finally {
            if (lease.endProbe()) {
                gate.probeEnded(sign == Sign.NOTHING);
            }
        }
    }

    private void resume() {
        failuresInARow.set(0);
        if (gate.resume()) {
            events.tell(new QueueEvent.Resumed(queueName));
        }
    }

    private void pauseIfOutage() {
        if (!pauseWhenUnavailable || stopping || !inOutage()) {
            return;
        }
        if (gate.pause()) {
            events.tell(new QueueEvent.Paused(queueName));
        }
        onOutage.run();
    }

    /** Notes a defect: a JVM without memory has nothing to gain from more messages. */
    void met(Throwable defect) {
        // A stack that overflowed is the fault of one message, and its thread has recovered.
        if (defect instanceof VirtualMachineError && !(defect instanceof StackOverflowError)) {
            onFatal.accept("the JVM met a " + defect.getClass().getSimpleName());
        }
    }

    /** Notes that nothing can be sent any more. */
    void serviceIsClosed() {
        onFatal.accept("the email service is closed");
    }
}
