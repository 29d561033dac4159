package io.mailrouter.redis;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** Tells an operator once that Redis is away, and once that it is back. Used by one thread. */
final class OutageLog {

    /** A server that comes and goes must not fill the log. */
    static final Duration QUIET = Duration.ofMinutes(1);

    private final Logger log;
    private final String address;
    private final LongSupplier nanoTime;
    private @Nullable String told;
    private @Nullable Long toldAt;
    private @Nullable Long ignoredToldAt;
    private long since;
    private boolean away;

    OutageLog(Logger log, String address, LongSupplier nanoTime) {
        this.log = log;
        this.address = address;
        this.nanoTime = nanoTime;
    }

    /** Notes a failed exchange. Warns once per outage, and again if the reason is another after a minute. */
    void failed(String trouble) {
        long now = nanoTime.getAsLong();
        if (!away) {
            away = true;
            since = now;
        }
        if (trouble.equals(told) || !quietOver(toldAt, now)) {
            log.debug("Redis at {} cannot be used: {}", address, trouble);
            return;
        }
        told = trouble;
        toldAt = now;
        log.warn("Redis at {} cannot be used: {}. This node goes on with what it knows itself.", address, trouble);
    }

    /** Notes an exchange that succeeded. */
    void succeeded() {
        if (away && told != null) {
            long seconds = Duration.ofNanos(nanoTime.getAsLong() - since).toSeconds();
            log.info("Redis at {} is used again after {} s", address, seconds);
        }
        away = false;
        told = null;
    }

    /** Notes values that were not ours to read. Warns at most once a minute. */
    void ignored(long values, String key) {
        long now = nanoTime.getAsLong();
        if (!quietOver(ignoredToldAt, now)) {
            return;
        }
        ignoredToldAt = now;
        log.warn(
                "Redis at {} holds what this version cannot read, {} values in one exchange, such as at {}: ignored."
                        + " Delete the key unless a newer version wrote it.",
                address,
                values,
                key);
    }

    private static boolean quietOver(@Nullable Long at, long now) {
        return at == null || now - at >= QUIET.toNanos();
    }
}
