package io.mailrouter.redis;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a Redis has done since it was last read, by its own account. */
final class RedisMeter {

    private static final Pattern COMMAND = Pattern.compile("cmdstat_([^:]+):calls=([0-9]+),usec=([0-9]+)");

    private final RedisServer redis;
    private Map<String, long[]> before = Map.of();
    private long memory;
    private long at;

    RedisMeter(RedisServer redis) {
        this.redis = redis;
        reset();
    }

    void reset() {
        before = commands();
        memory = memoryNow();
        at = System.nanoTime();
    }

    /** Returns how many scripts it was asked to run: all that nodes ask for once they are connected. */
    long scripts() {
        return since("evalsha", 0) + since("eval", 0);
    }

    double scriptsPerSecond() {
        return scripts() / ((System.nanoTime() - at) / 1e9);
    }

    /** Returns the microseconds of its time that one script has taken. */
    double microsPerScript() {
        return (double) (since("evalsha", 1) + since("eval", 1)) / Math.max(1, scripts());
    }

    /** Returns how many bytes more it holds. */
    long memory() {
        return memoryNow() - memory;
    }

    /** Returns the bytes of all keys whose name matches, with what Redis needs around them. */
    long bytesOf(String pattern) {
        long bytes = 0;
        for (Object key : (List<?>) redis.call("KEYS", pattern)) {
            bytes += (Long) redis.call("MEMORY", "USAGE", String.valueOf(key), "SAMPLES", "0");
        }
        return bytes;
    }

    String version() {
        return number("server", "redis_version:([0-9.]+)");
    }

    private long since(String command, int which) {
        long[] none = {0, 0};
        return commands().getOrDefault(command, none)[which] - before.getOrDefault(command, none)[which];
    }

    private Map<String, long[]> commands() {
        Map<String, long[]> all = new HashMap<>();
        Matcher line = COMMAND.matcher(String.valueOf(redis.call("INFO", "commandstats")));
        while (line.find()) {
            all.put(line.group(1), new long[] {Long.parseLong(line.group(2)), Long.parseLong(line.group(3))});
        }
        return all;
    }

    private long memoryNow() {
        return Long.parseLong(number("memory", "used_memory:([0-9]+)"));
    }

    private String number(String section, String pattern) {
        Matcher line = Pattern.compile(pattern).matcher(String.valueOf(redis.call("INFO", section)));
        if (!line.find()) {
            throw new IllegalStateException("INFO " + section + " has no " + pattern);
        }
        return line.group(1);
    }
}
