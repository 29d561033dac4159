package io.mailrouter.event;

/**
 * Hears what happens in a service.
 *
 * <p>Called on the sending thread, so it must not block; it must be safe to share between threads. What it throws is
 * logged once in a while and changes nothing for the email. After a crash the last events may be missing: an event is
 * a report, not a record.
 */
@FunctionalInterface
public interface EmailListener {

    /** Hears one event. */
    void on(EmailEvent event);
}
