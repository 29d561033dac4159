package io.mailrouter;

import io.mailrouter.event.EmailEvent;
import io.mailrouter.event.EmailListener;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells each listener every event, and lets no listener disturb a send. */
final class Listeners implements EmailListener {

    private static final Logger log = LoggerFactory.getLogger(EmailService.class);

    private final List<EmailListener> listeners;
    private final Seldom seldom;

    Listeners(List<EmailListener> listeners, Seldom seldom) {
        this.listeners = List.copyOf(listeners);
        this.seldom = seldom;
    }

    @Override
    public void on(EmailEvent event) {
        for (EmailListener listener : listeners) {
            try {
                listener.on(event);
            } catch (RuntimeException e) {
                String type = listener.getClass().getName();
                seldom.run(
                        type,
                        times -> log.warn(
                                "Listener {} threw a {} ({} times lately); the email is unaffected",
                                type,
                                e.getClass().getSimpleName(),
                                times));
            }
        }
    }
}
