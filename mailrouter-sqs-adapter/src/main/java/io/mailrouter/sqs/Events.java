package io.mailrouter.sqs;

import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts every event, logs what an operator should look at, and tells the listeners, none of which can disturb. */
final class Events {

    private static final Logger log = LoggerFactory.getLogger(SqsEmailConsumer.class);

    private final List<QueueListener> listeners;
    private final Seldom seldom;
    private final LongAdder received = new LongAdder();
    private final LongAdder deleted = new LongAdder();
    private final LongAdder returned = new LongAdder();
    private final LongAdder deadLettered = new LongAdder();
    private final LongAdder deleteLost = new LongAdder();
    private final LongAdder leaseLost = new LongAdder();
    private final LongAdder pollFailures = new LongAdder();

    Events(List<QueueListener> listeners, Surroundings around) {
        this.listeners = List.copyOf(listeners);
        this.seldom = new Seldom(around);
    }

    void tell(QueueEvent event) {
        count(event);
        log(event);
        for (QueueListener listener : listeners) {
            try {
                listener.on(event);
            } catch (Throwable e) {
                seldom.run(
                        "listener",
                        times -> log.warn(
                                "Queue listener {} threw a {} ({} times lately); messages are unaffected",
                                listener.getClass().getName(),
                                e.getClass().getSimpleName(),
                                times));
            }
        }
    }

    /** Logs a call that failed because of what somebody must mend; other failures mend themselves. */
    void callFailed(String queue, String operation, Throwable e) {
        if (e instanceof RuntimeException failure && QueueErrors.isForGood(failure)) {
            seldom.run(
                    operation,
                    times -> log.warn(
                            "Queue {}: {} is refused: {} ({} times lately); without it messages come again that are"
                                    + " done with, or too soon or late",
                            queue,
                            operation,
                            QueueErrors.code(failure),
                            times));
        }
    }

    private void count(QueueEvent event) {
        if (event instanceof QueueEvent.Received batch) {
            received.add(batch.count());
        } else if (event instanceof QueueEvent.Deleted) {
            deleted.increment();
        } else if (event instanceof QueueEvent.Returned) {
            returned.increment();
        } else if (event instanceof QueueEvent.DeadLettered) {
            deadLettered.increment();
        } else if (event instanceof QueueEvent.DeleteLost) {
            deleteLost.increment();
        } else if (event instanceof QueueEvent.LeaseLost) {
            leaseLost.increment();
        } else if (event instanceof QueueEvent.PollFailed) {
            pollFailures.increment();
        }
    }

    private void log(QueueEvent event) {
        log.debug("{}", event);
        if (event instanceof QueueEvent.DeadLettered dead) {
            seldom.run(
                    "dead " + dead.reason(),
                    times -> log.warn(
                            "Queue {}: message {} was dead-lettered: {}, {} ({} for this reason lately)",
                            dead.queue(),
                            dead.messageId(),
                            dead.reason(),
                            dead.code(),
                            times));
        } else if (event instanceof QueueEvent.Blocked blocked) {
            seldom.run(
                    "blocked",
                    times -> log.warn(
                            "Queue {}: message {} blocks its group: {}, {} ({} lately); somebody has to deal with it",
                            blocked.queue(),
                            blocked.messageId(),
                            blocked.reason(),
                            blocked.code(),
                            times));
        } else if (event instanceof QueueEvent.DeleteLost lost) {
            seldom.run(
                    "delete",
                    times -> log.warn(
                            "Queue {}: message {} is done with and could not be deleted; it will come again ({}"
                                    + " lately)",
                            lost.queue(),
                            lost.messageId(),
                            times));
        } else if (event instanceof QueueEvent.LeaseLost lost) {
            seldom.run(
                    "lease",
                    times -> log.warn(
                            "Queue {}: message {} could not be kept and will come again ({} lately)",
                            lost.queue(),
                            lost.messageId(),
                            times));
        } else if (event instanceof QueueEvent.Paused) {
            log.warn("Queue {}: no provider is usable, intake pauses", event.queue());
        } else if (event instanceof QueueEvent.Resumed) {
            log.warn("Queue {}: a provider is usable again, intake goes on", event.queue());
        } else if (event instanceof QueueEvent.PollOverdue overdue) {
            log.warn(
                    "Queue {}: a poll has not ended within {}; another takes its place",
                    overdue.queue(),
                    overdue.after());
        } else if (event instanceof QueueEvent.PollFailed failed) {
            seldom.run(
                    "poll",
                    times -> log.warn(
                            "Queue {} could not be asked: {}; next try in {} ({} times lately)",
                            failed.queue(),
                            failed.code(),
                            failed.nextTry(),
                            times));
        }
    }

    long received() {
        return received.sum();
    }

    long deleted() {
        return deleted.sum();
    }

    long returned() {
        return returned.sum();
    }

    long deadLettered() {
        return deadLettered.sum();
    }

    long deleteLost() {
        return deleteLost.sum();
    }

    long leaseLost() {
        return leaseLost.sum();
    }

    long pollFailures() {
        return pollFailures.sum();
    }
}
