package io.mailrouter.sqs;

import java.time.Duration;

/**
 * How results become dispositions.
 *
 * @param maxAttempts after how many attempts a message that could not be sent is dead-lettered
 * @param backoffBase the ceiling of the first delay; it doubles with each receive
 * @param backoffMax the ceiling of all delays
 * @param onRejected what becomes of an email that is at fault
 * @param onMalformed what becomes of a message that is no email
 * @param onStale what becomes of an email that came too late
 * @param onUnknown what becomes of an email that may or may not have been sent
 */
record Policy(
        int maxAttempts,
        Duration backoffBase,
        Duration backoffMax,
        Handling onRejected,
        Handling onMalformed,
        Handling onStale,
        Handling onUnknown) {}
