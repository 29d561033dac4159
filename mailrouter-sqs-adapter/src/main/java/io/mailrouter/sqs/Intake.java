package io.mailrouter.sqs;

import java.util.Optional;
import java.util.function.Consumer;

/** Decides whether messages may begin, by what the last ones met: follows outages, stops and defects. */
final class Intake {

    private final Gate gate;
    private final boolean pauseWhenUnavailable;
    private final String queueName;
    private final Events events;
    private final Runnable onOutage;
    private final Consumer<String> onFatal;
    private volatile boolean stopping;

    /**
     * Begins open.
     *
     * @param onOutage gives back what has not begun
     * @param onFatal begins to stop the consumer, and says why
     */
    Intake(
            Gate gate,
            boolean pauseWhenUnavailable,
            String queueName,
            Events events,
            Runnable onOutage,
            Consumer<String> onFatal) {
        this.gate = gate;
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

    /** Notes what a message showed about the providers; nothing, if it did not begin or was no email. */
    void ended(Lease lease, Optional<Disposition> disposition) {
        boolean accepted = disposition.filter(Intake::isAccepted).isPresent();
        boolean outage = disposition.filter(Intake::isOutage).isPresent();
        if (outage && pauseWhenUnavailable && !stopping) {
            if (gate.pause()) {
                events.tell(new QueueEvent.Paused(queueName));
            }
            onOutage.run();
        } else if (accepted && gate.resume()) {
            events.tell(new QueueEvent.Resumed(queueName));
        }
        if (lease.isProbe()) {
            gate.probeEnded();
        }
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

    private static boolean isAccepted(Disposition disposition) {
        return disposition instanceof Disposition.Delete delete && delete.code().equals("accepted");
    }

    private static boolean isOutage(Disposition disposition) {
        return disposition instanceof Disposition.Return back && back.outage();
    }
}
