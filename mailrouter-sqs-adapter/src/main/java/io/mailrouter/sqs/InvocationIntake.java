package io.mailrouter.sqs;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** Decides whether another message of an invocation may begin, by the time that is left and by what the last ones met. */
final class InvocationIntake {

    /** The code of messages that are not begun because the service takes nothing. */
    static final String OUTAGE = "paused";

    /** One failed message may be a blip, and failing the rest for it would cost more than trying the next. */
    private static final int FAILURES_OF_AN_OUTAGE = 3;

    private final Availability availability;
    private final Supplier<Duration> timeLeft;
    private final Duration timeOfASend;
    private final AtomicInteger failuresInARow = new AtomicInteger();
    private volatile String closed = "";

    /**
     * Begins open.
     *
     * @param timeLeft how long messages may still be worked on
     * @param timeOfASend how long one send may take at most
     */
    InvocationIntake(Availability availability, Supplier<Duration> timeLeft, Duration timeOfASend) {
        this.availability = availability;
        this.timeLeft = timeLeft;
        this.timeOfASend = timeOfASend;
    }

    /** Returns why a message must not begin now, or nothing if it may. */
    Optional<String> notNow() {
        if (closed.isEmpty() && timeLeft.get().compareTo(timeOfASend) <= 0) {
            close("no_time_left");
        }
        return Optional.of(closed).filter(why -> !why.isEmpty());
    }

    /** Says whether the service takes nothing now: no provider is usable, or one message after the other found none. */
    boolean inOutage() {
        return closed.equals(OUTAGE) || availability.noneUsable() || failuresInARow.get() >= FAILURES_OF_AN_OUTAGE;
    }

    /** Notes what a message showed about the providers. */
    void ended(Sign sign) {
        if (sign == Sign.TAKES) {
            failuresInARow.set(0);
        } else if (sign == Sign.OUTAGE) {
            failuresInARow.incrementAndGet();
            if (inOutage()) {
                close(OUTAGE);
            }
        }
    }

    /** Notes a defect: a JVM without memory has nothing to gain from more messages. */
    void met(Throwable defect) {
        // A stack that overflowed is the fault of one message, and its thread has recovered.
        if (defect instanceof VirtualMachineError && !(defect instanceof StackOverflowError)) {
            close("jvm_error");
        }
    }

    /** Begins no more messages; the first reason stays. */
    synchronized void close(String why) {
        if (closed.isEmpty()) {
            closed = why;
        }
    }
}
