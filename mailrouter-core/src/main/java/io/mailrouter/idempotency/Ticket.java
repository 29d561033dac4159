package io.mailrouter.idempotency;

import java.time.Duration;

/**
 * Asks for a key, and proves who holds it. The same ticket claims, renews and settles.
 *
 * @param key the digest of an email's idempotency key: letters and digits, at most 64, nothing personal
 * @param fingerprint the digest of what the recipients get; see {@link Fingerprint}
 * @param owner a word that no other claim ever uses; settling and renewing are fenced by it
 * @param lease how long the claim holds without being renewed
 */
public record Ticket(String key, String fingerprint, String owner, Duration lease) {

    /** @throws IllegalArgumentException naming the part that is wrong */
    public Ticket {
        notEmpty("key", key);
        notEmpty("fingerprint", fingerprint);
        notEmpty("owner", owner);
        if (lease.isNegative() || lease.isZero()) {
            throw new IllegalArgumentException("lease is " + lease + ": more than zero is needed");
        }
    }

    private static void notEmpty(String field, String value) {
        if (value.isEmpty()) {
            throw new IllegalArgumentException(field + " is empty");
        }
    }

    /** Returns the lease only. */
    @Override
    public String toString() {
        return "Ticket[lease=" + lease + "]";
    }
}
