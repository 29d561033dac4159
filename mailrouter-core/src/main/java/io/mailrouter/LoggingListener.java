package io.mailrouter;

import io.mailrouter.event.EmailEvent;
import io.mailrouter.event.EmailListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes what an operator should know to the log: what operators do, and changed states and failovers,
 * each kind of these once in a while. */
final class LoggingListener implements EmailListener {

    private static final Logger log = LoggerFactory.getLogger(EmailService.class);

    private final Seldom seldom;

    LoggingListener(Seldom seldom) {
        this.seldom = seldom;
    }

    @Override
    public void on(EmailEvent event) {
        if (event instanceof EmailEvent.ProviderStateChanged change) {
            seldom.run(
                    change.provider() + '=' + change.to(),
                    times -> log.warn(
                            "Provider {} is {} now, it was {}{} ({} times lately)",
                            change.provider(),
                            change.to(),
                            change.from(),
                            change.reason().isEmpty() ? "" : ": " + change.reason(),
                            times));
        } else if (event instanceof EmailEvent.FailedOver over) {
            seldom.run(
                    over.from() + '>' + over.to(),
                    times -> log.warn(
                            "Failover from {} to {}: {} ({} times lately)",
                            over.from(),
                            over.to(),
                            over.reason(),
                            times));
        } else if (event instanceof EmailEvent.Operated order) {
            log.warn(
                    "An operator has ordered {} for provider {}{}{}",
                    order.operation(),
                    order.provider(),
                    order.until().map(until -> " until " + until).orElse(""),
                    order.reason().isEmpty() ? "" : ": " + order.reason());
        } else if (event instanceof EmailEvent.LateResult late) {
            seldom.run(
                    late.provider() + "...",
                    times -> log.warn(
                            "A call of {} that had missed its deadline ended as {} after {} ({} times lately)",
                            late.provider(),
                            late.outcome(),
                            late.elapsed(),
                            times));
        }
    }
}
