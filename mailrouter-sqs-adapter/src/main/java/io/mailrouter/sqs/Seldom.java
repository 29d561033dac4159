package io.mailrouter.sqs;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongConsumer;

/** Runs what would otherwise happen with every message at most once in 30 s for each key, with the count since then. */
final class Seldom {

    private static final long PAUSE = Duration.ofSeconds(30).toNanos();

    private final Surroundings around;
    private final Map<String, Since> last = new HashMap<>();

    private record Since(long at, long times) {}

    Seldom(Surroundings around) {
        this.around = around;
    }

    /** Keys are words of this library, so that their number is bounded. */
    void run(String key, LongConsumer action) {
        long times = timesIfDue(key);
        if (times > 0) {
            action.accept(times);
        }
    }

    private synchronized long timesIfDue(String key) {
        long now = around.nanos();
        Since since = last.get(key);
        if (since != null && now - since.at < PAUSE) {
            last.put(key, new Since(since.at, since.times + 1));
            return 0;
        }
        last.put(key, new Since(now, 0));
        return since == null ? 1 : since.times + 1;
    }
}
