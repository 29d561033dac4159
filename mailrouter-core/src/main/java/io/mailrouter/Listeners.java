package io.mailrouter;

import io.mailrouter.event.EmailEvent;
import io.mailrouter.event.EmailListener;
import java.util.List;

/** Tells each listener every event, and lets no listener disturb a send. */
final class Listeners implements EmailListener {

    private final List<EmailListener> listeners;
    private final Seldom seldom;

    Listeners(List<EmailListener> listeners, Seldom seldom) {
        this.listeners = List.copyOf(listeners);
        this.seldom = seldom;
    }

    @Override
    public void on(EmailEvent event) {
        for (EmailListener listener : listeners) {
            seldom.guard(listener.getClass().getName(), () -> listener.on(event));
        }
    }
}
