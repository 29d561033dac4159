package io.mailrouter.provider;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * One try to send an email through one provider, as it ended.
 *
 * @param provider the provider's name
 * @param number 1 for the first attempt of a send, 2 for the next
 * @param outcome what it came to
 * @param elapsed how long it took
 */
public record Attempt(String provider, int number, Outcome outcome, Duration elapsed) {

    /**
     * What a provider may know about the attempt that it makes.
     *
     * <p>Immutable but for the time, which runs on a monotonic clock.
     */
    public static final class Context {

        private final String reference;
        private final int number;
        private final long deadline;
        private final LongSupplier nanoTime;

        /**
         * Begins an attempt.
         *
         * @param reference what ties all attempts of one send together
         * @param number 1 for the first attempt of a send
         * @param deadline the reading of {@code nanoTime} at which the attempt must have ended
         * @param nanoTime a monotonic clock in nanoseconds
         */
        public Context(String reference, int number, long deadline, LongSupplier nanoTime) {
            this.reference = reference;
            this.number = number;
            this.deadline = deadline;
            this.nanoTime = nanoTime;
        }

        /** Returns a first attempt that may take so long from now on; for tests of a provider. */
        public static Context within(Duration time) {
            return new Context("mr-test", 1, System.nanoTime() + time.toNanos(), System::nanoTime);
        }

        /**
         * Returns what is the same in every attempt of one send: letters, digits and hyphens, at most 64.
         *
         * <p>Providers hand it to the service, so that its events lead back to the send, and as the idempotency key
         * where the service knows one (see {@link Capabilities.Builder#idempotencyWindow}). For an email with a key of
         * its own it is derived from that key alone: every send of the email has the same one, on every node.
         */
        public String reference() {
            return reference;
        }

        /**
         * Returns 1 for the first attempt of a send, 2 for the next, whether through another provider or, where the
         * service recognises a repeated request, through the same.
         */
        public int number() {
            return number;
        }

        /**
         * Returns the time that is left, zero when it is over.
         *
         * <p>When it is over the caller is told that the outcome is unknown. An attempt that goes on still counts: what
         * it returns in the end settles what is known of the provider and of the email.
         */
        public Duration remaining() {
            return Duration.ofNanos(Math.max(0, deadline - nanoTime.getAsLong()));
        }
    }
}
