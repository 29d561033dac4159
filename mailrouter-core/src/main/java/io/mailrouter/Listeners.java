package io.mailrouter;

import io.mailrouter.event.EmailEvent;
import io.mailrouter.event.EmailListener;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** Hands every event over to each listener's own thread, so that none disturbs a send; our own log is written at once. */
final class Listeners implements Audience {

    private final EmailListener log;
    private final List<HandOver> others;
    private final Seldom seldom;
    private final LongAdder lost = new LongAdder();

    Listeners(List<EmailListener> listeners, int maxWaiting, Seldom seldom) {
        this.log = new LoggingListener(seldom);
        this.others = listeners.stream()
                .map(listener -> new HandOver(listener, maxWaiting, lost, seldom))
                .toList();
        this.seldom = seldom;
    }

    @Override
    public void on(EmailEvent event) {
        seldom.guard("log", () -> log.on(event));
        for (HandOver other : others) {
            seldom.guard("handing over events", () -> other.on(event));
        }
    }

    /** Our own log tells only of what is rare. */
    @Override
    public boolean hearsAll() {
        return !others.isEmpty();
    }

    /** Returns how many events a listener threw at or had no room for. */
    long lost() {
        return lost.sum();
    }

    /** Takes no further events, and waits as long as it may until those taken have been heard. */
    void close(Until end) {
        others.forEach(HandOver::refuse);
        others.forEach(other -> other.await(end.left()));
    }
}
