package io.mailrouter.redis;

import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * What a node knows of the suppression list without asking: the filter, as the list was read, and what has changed since.
 * Safe to share between threads.
 *
 * @param filter who may have been on the list
 * @param changes who was added since (true) or removed (false)
 * @param entries how many were on it
 * @param readAt when, by the server's clock
 */
record SuppressionView(BloomFilter filter, Map<Long, Boolean> changes, long entries, Instant readAt) {

    private static final Pattern CHANGE = Pattern.compile("[+-][A-Za-z0-9_-]{11}");

    SuppressionView(BloomFilter filter, long entries, Instant readAt) {
        this(filter, new ConcurrentHashMap<>(), entries, readAt);
    }

    /** Says whether it is worth asking: a no is certain. */
    boolean mayContain(long hash) {
        return filter.mayContain(hash) || changes.containsKey(hash);
    }

    /** Decides when nobody can be asked. Whoever was removed is let through, as far as this node has heard of it. */
    boolean suppresses(long hash) {
        Boolean added = changes.get(hash);
        return added == null ? filter.mayContain(hash) : added;
    }

    /** Says whether a text is a change, as the log of changes has it: a sign and a hash. */
    static boolean isChange(String text) {
        return CHANGE.matcher(text).matches();
    }

    /** Notes a change. A text that is none is passed over. */
    void note(String change) {
        if (isChange(change)) {
            changes.put(KeyedHash.parse(change.substring(1)), change.charAt(0) == '+');
        }
    }
}
