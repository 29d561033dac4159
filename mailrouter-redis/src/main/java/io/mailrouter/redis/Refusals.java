package io.mailrouter.redis;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;

/**
 * Warns, at most once a minute, of a user that may share what a fleet learns but not do what a store asks. Safe to share
 * between threads.
 */
final class Refusals {

    private final Logger log;
    private final String where;
    private final LongSupplier nanoTime;
    private final AtomicLong quietUntil;

    Refusals(Logger log, String where, LongSupplier nanoTime) {
        this.log = log;
        this.where = where;
        this.nanoTime = nanoTime;
        this.quietUntil = new AtomicLong(nanoTime.getAsLong());
    }

    /** Looks at a failure, and warns if it is a refusal. */
    void note(String store, RedisAwayException failure) {
        long now = nanoTime.getAsLong();
        long until = quietUntil.get();
        if (Trouble.isRefusal(failure)
                && now - until >= 0
                && quietUntil.compareAndSet(until, now + OutageLog.QUIET.toNanos())) {
            log.warn("Redis at {} refuses what the {} asks: {}", where, store, Trouble.of(failure));
        }
    }
}
