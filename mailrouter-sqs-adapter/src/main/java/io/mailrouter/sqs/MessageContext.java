package io.mailrouter.sqs;

import java.time.Instant;

/**
 * What a decision about a message may depend on, apart from the result.
 *
 * @param receiveCount how often the queue has handed it out, this time included
 * @param receivedAt when it was handed out this time
 * @param expiresAt when the queue forgets it
 * @param now when the decision is taken
 * @param chance a random number from 0 to 1, so that delays spread
 * @param retries how often it was tried before since it was handed out this time
 * @param outage whether the service takes nothing at all now, so that no receive counts against the message
 */
record MessageContext(
        int receiveCount,
        int retries,
        Instant receivedAt,
        Instant expiresAt,
        Instant now,
        double chance,
        boolean outage) {

    /** A message that is tried for the first time since it was handed out. */
    MessageContext(
            int receiveCount, Instant receivedAt, Instant expiresAt, Instant now, double chance, boolean outage) {
        this(receiveCount, 0, receivedAt, expiresAt, now, chance, outage);
    }
}
