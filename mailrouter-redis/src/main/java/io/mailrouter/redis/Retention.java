package io.mailrouter.redis;

import java.time.Duration;

/**
 * How long Redis keeps what is known of an idempotency key. Not safe to share between threads.
 *
 * <p>A key that is forgotten is new again: keep each at least as long as its email may come again.
 */
public final class Retention {

    private static final Duration LEAST = Duration.ofMinutes(1);
    private static final Duration MOST = Duration.ofDays(90);

    private Duration sent = Duration.ofHours(24);
    private Duration unclear = Duration.ofDays(7);

    Retention() {}

    /**
     * Sets how long the key of an email that was sent is kept; 24 h if not said. With a queue, choose no less than the
     * time that a message may stay in it.
     *
     * @throws IllegalArgumentException when it is not 1 minute to 90 days
     */
    public Retention sent(Duration time) {
        sent = Checked.between("idempotencyStore sent", time, LEAST, MOST);
        return this;
    }

    /**
     * Sets how long the key of any other email is kept: unclear, refused or not sent, and in flight after the end of its
     * lease; 7 days if not said.
     *
     * @throws IllegalArgumentException when it is not 1 minute to 90 days
     */
    public Retention unclear(Duration time) {
        unclear = Checked.between("idempotencyStore unclear", time, LEAST, MOST);
        return this;
    }

    Duration sent() {
        return sent;
    }

    Duration unclear() {
        return unclear;
    }
}
