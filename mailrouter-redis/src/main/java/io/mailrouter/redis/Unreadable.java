package io.mailrouter.redis;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.slf4j.Logger;

/** Counts values at our keys that cannot be read, and warns at most once a minute. Safe to share between threads. */
final class Unreadable {

    private final Logger log;
    private final String where;
    private final LongSupplier nanoTime;
    private final LongAdder count = new LongAdder();
    private final AtomicLong quietUntil;

    Unreadable(Logger log, String where, LongSupplier nanoTime) {
        this.log = log;
        this.where = where;
        this.nanoTime = nanoTime;
        this.quietUntil = new AtomicLong(nanoTime.getAsLong());
    }

    /** Notes such a value. */
    void found(String what) {
        count.increment();
        long now = nanoTime.getAsLong();
        long until = quietUntil.get();
        if (now - until >= 0 && quietUntil.compareAndSet(until, now + OutageLog.QUIET.toNanos())) {
            log.warn(
                    "Redis at {} holds {} that this version cannot read, {} such values so far. Is a newer version in"
                            + " the fleet, or does anybody else write there?",
                    where,
                    what,
                    count.sum());
        }
    }

    /** Returns how many there were. */
    long count() {
        return count.sum();
    }
}
