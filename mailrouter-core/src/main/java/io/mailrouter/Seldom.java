package io.mailrouter;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs what would otherwise happen with every email at most once in 30 s for each key, with the count since then. */
final class Seldom {

    private static final Logger log = LoggerFactory.getLogger(EmailService.class);
    private static final long PAUSE = Duration.ofSeconds(30).toNanos();

    private final Time time;
    private final Map<String, Since> last = new ConcurrentHashMap<>();

    private record Since(long at, long times, boolean runs) {}

    Seldom(Time time) {
        this.time = time;
    }

    /**
     * Runs what is not ours, such as a listener, on the way of an email. Whatever it throws, an Error too, ends here:
     * a result that were lost to it would be sent again.
     */
    void guard(String who, Runnable call) {
        try {
            call.run();
        } catch (Throwable defect) {
            warn(who, defect);
        }
    }

    /** Asks what is not ours for something, and takes the other where it throws or has nothing. */
    <T> T guard(String who, Supplier<T> call, T otherwise) {
        try {
            return Objects.requireNonNull(call.get());
        } catch (Throwable defect) {
            warn(who, defect);
            return otherwise;
        }
    }

    /** Tells of what was thrown on the way of an email, which goes on. */
    void warn(String who, Throwable defect) {
        String type = defect.getClass().getSimpleName();
        run(who, times -> log.warn("{} threw a {} ({} times lately); the email is unaffected", who, type, times));
    }

    /** Keys come from configuration, such as provider names, so that their number is bounded. */
    void run(String key, LongConsumer action) {
        long now = time.nanos();
        long[] times = new long[1];
        Since since = last.merge(key, new Since(now, 0, true), (old, first) -> {
            if (now - old.at < PAUSE) {
                return new Since(old.at, old.times + 1, false);
            }
            times[0] = old.times;
            return new Since(now, 0, true);
        });
        if (since.runs && since.at == now) {
            action.accept(times[0] + 1);
        }
    }
}
