package io.mailrouter.redis;

import java.time.Duration;

/**
 * How a node follows the suppression list of its fleet. Not safe to share between threads.
 *
 * <p>No address is in Redis, only a hash of it that needs the key. A list that was written with another key is not
 * available, which is logged as an error, once.
 *
 * <p>Each node keeps a filter of the hashes in memory (2.5 bytes for each, 256 MB at most), so that Redis is asked only
 * about an address that is probably on the list; no other email waits for it. The list is read in the background, and a
 * change on any node is known to all after an exchange or two. Until the list was read for the first time, Redis is
 * asked about every address.
 *
 * <p>While Redis is away the filter decides, however old it is: whoever is probably on the list counts as suppressed, for
 * the reason {@code OTHER}. If the list was never read, the look-up throws, and the service's policy decides. To add and
 * to remove blocks for a few of the fleet's time-outs at most and throws while Redis is away; the change may be in effect
 * all the same, and may be made again. Whether a suppression has ended is decided by the server's clock.
 */
public final class SuppressionListSettings {

    private static final Duration LEAST = Duration.ofSeconds(1);
    private static final Duration MOST = Duration.ofDays(1);

    private Duration readEvery = Duration.ofMinutes(10);

    SuppressionListSettings() {}

    /**
     * Sets how often this node reads the whole list, give or take 20 %; 10 min if not said. It hears of changes all the
     * same; to read again only forgets whoever is no longer on it.
     *
     * @throws IllegalArgumentException when it is not 1 s to 1 d
     */
    public SuppressionListSettings readEvery(Duration value) {
        readEvery = Checked.between("suppressionList readEvery", value, LEAST, MOST);
        return this;
    }

    Duration readEvery() {
        return readEvery;
    }
}
