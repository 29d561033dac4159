package io.mailrouter.redis;

import io.mailrouter.health.FleetHold;
import io.mailrouter.health.HealthState;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A hold as it stands in Redis, read at a reading of this node's clock.
 *
 * @param text as it stands there
 * @param hold what a service is told of it
 */
record SharedHold(String text, FleetHold hold) {

    private static final Pattern TEXT =
            Pattern.compile("1 (\\d{1,15}) (\\d{1,15}) (throttled|quota_exhausted|misconfigured) ([a-z0-9_]{1,64})");

    /** No provider is held for longer without being asked again. */
    private static final long LONGEST_MILLIS = Duration.ofMinutes(10).toMillis();

    /**
     * Reads what stands there; nothing where this version does not know such a hold.
     *
     * @param serverMillis the server's time when it was read
     * @param nanoTime this node's
     */
    static Optional<SharedHold> parse(String text, long serverMillis, long nanoTime) {
        Matcher words = TEXT.matcher(text);
        if (!words.matches()) {
            return Optional.empty();
        }
        long since = Long.parseLong(words.group(1));
        long until = Long.parseLong(words.group(2));
        long left = Math.min(until - serverMillis, until - since);
        if (until < since || left > LONGEST_MILLIS) {
            return Optional.empty();
        }
        HealthState state = HealthState.valueOf(words.group(3).toUpperCase(Locale.ROOT));
        long age = Math.max(0, serverMillis - since);
        return Optional.of(new SharedHold(
                text,
                new FleetHold(
                        state,
                        words.group(4),
                        nanoTime - Duration.ofMillis(age).toNanos(),
                        nanoTime + Duration.ofMillis(left).toNanos())));
    }

    /** Says whether it is one that was read before. */
    boolean isSameAs(@Nullable SharedHold before) {
        return before != null && text.equals(before.text);
    }

    /** Returns a hold as the script reads it that is to write it. */
    static List<String> arguments(FleetHold hold, long nanoTime) {
        return List.of(
                Long.toString(
                        Math.max(0, Duration.ofNanos(nanoTime - hold.since()).toMillis())),
                Long.toString(
                        Math.max(0, Duration.ofNanos(hold.until() - nanoTime).toMillis())),
                hold.state().word(),
                hold.code().matches("[a-z0-9_]{1,64}") ? hold.code() : "other");
    }
}
