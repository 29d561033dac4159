package io.mailrouter.redis;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells an operator, seldom, what is wrong with the suppression list in Redis. Safe to share between threads. */
final class SuppressionLog {

    private static final Logger LOG = LoggerFactory.getLogger(RedisFleet.class);

    private final String where;
    private final AtomicBoolean otherSecret = new AtomicBoolean();

    /** @param where hosts and ports, fit for a log */
    SuppressionLog(String where) {
        this.where = where;
    }

    /** Notes whether the list was written with the secret of this node. */
    void secret(boolean same) {
        if (same) {
            otherSecret.set(false);
        } else if (otherSecret.compareAndSet(false, true)) {
            LOG.error(
                    "The property key of suppressionList is not the one with which the list in Redis at {} was"
                            + " written: nothing on it would be found, so the list is not available here. All nodes of"
                            + " a fleet need the same key.",
                    where);
        }
    }

    /** Notes that the list was read. A list that was lost is worth a warning. */
    void read(long before, SuppressionView view, Duration took) {
        if (view.entries() == 0 && before > 0) {
            LOG.warn(
                    "The suppression list in Redis at {} is empty and had {} addresses before: was it wiped?",
                    where,
                    before);
            return;
        }
        LOG.debug(
                "The suppression list has {} addresses; its filter takes {} bytes, read in {}",
                view.entries(),
                view.filter().bytes(),
                took);
    }

    /** Notes that the list could not be read. */
    void notRead(RuntimeException failure) {
        LOG.debug("The suppression list was not read", failure);
    }
}
