package io.mailrouter.sqs;

import java.time.Instant;

/**
 * What a decision about a message may depend on, apart from the result.
 *
 * @param attempt how often it was tried, this time included: by the record of its idempotency key where a store keeps
 *     one, else by how often the queue has handed it out, which counts too what was given back untried
 * @param receivedAt when it was handed out this time
 * @param expiresAt when the queue forgets it
 * @param now when the decision is taken
 * @param chance a random number from 0 to 1, so that delays spread
 * @param retries how often it was tried before since it was handed out this time
 * @param outage whether the service takes nothing at all now, so that no receive counts against the message
 */
record MessageContext(
        int attempt, int retries, Instant receivedAt, Instant expiresAt, Instant now, double chance, boolean outage) {

    /** A message that is tried for the first time since it was handed out. */
    MessageContext(int attempt, Instant receivedAt, Instant expiresAt, Instant now, double chance, boolean outage) {
        this(attempt, 0, receivedAt, expiresAt, now, chance, outage);
    }

    /**
     * The same by the record of its key, which counts every try, unless there is none, which is 0. The record outlives the
     * message: what was tried before a redrive is not this one's, which was tried at most as often as it was handed out.
     */
    MessageContext counting(int claims) {
        int tried = Math.min(claims, attempt + retries);
        return claims == 0 ? this : new MessageContext(tried, 0, receivedAt, expiresAt, now, chance, outage);
    }
}
