package io.mailrouter;

import io.mailrouter.event.EmailEvent;
import io.mailrouter.event.EmailListener;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The events that wait for one listener, in their order, and the thread on which it hears them. */
final class HandOver {

    private static final Logger log = LoggerFactory.getLogger(EmailService.class);

    private final EmailListener listener;
    private final String name;
    private final LongAdder lost;
    private final Seldom seldom;
    private final ExecutorService thread;

    HandOver(EmailListener listener, int maxWaiting, LongAdder lost, Seldom seldom) {
        this.listener = listener;
        this.name = listener.getClass().getName();
        this.lost = lost;
        this.seldom = seldom;
        this.thread = Threads.forListener(maxWaiting, this::lose);
    }

    void on(EmailEvent event) {
        thread.execute(() -> tell(event));
    }

    private void tell(EmailEvent event) {
        seldom.guard(name, () -> {
            boolean heard = false;
            try {
                listener.on(event);
                heard = true;
            } finally {
                if (!heard) {
                    lost.increment();
                }
            }
        });
    }

    private void lose() {
        lost.increment();
        seldom.run(
                name + " is slow",
                times ->
                        log.warn("{} is slower than the sends: an event is lost to it ({} times lately)", name, times));
    }

    void refuse() {
        thread.shutdown();
    }

    /** Interrupts a listener that does not end in time. */
    void await(Duration time) {
        try {
            if (thread.awaitTermination(time.toNanos(), TimeUnit.NANOSECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        lost.add(thread.shutdownNow().size());
    }
}
