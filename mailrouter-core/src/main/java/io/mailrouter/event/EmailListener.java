package io.mailrouter.event;

/**
 * Hears what happens in a service.
 *
 * <p>Each listener of a service is called on a daemon thread of its own, one event after the other; the events of one
 * send come in their order. So a listener may block, and neither that nor what it throws reaches an email: events wait
 * for a slow listener up to a bound, and those beyond it, as well as those that it threw at, are lost to it, counted
 * and told in the log once in a while. One listener that is added to several services hears each on another thread.
 * When the service closes, it waits a bounded time for the events that are still to be heard. After a crash the last
 * events may be missing: an event is a report, not a record.
 */
@FunctionalInterface
public interface EmailListener {

    /** Hears one event. */
    void on(EmailEvent event);
}
