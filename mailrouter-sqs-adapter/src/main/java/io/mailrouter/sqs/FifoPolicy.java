package io.mailrouter.sqs;

import java.time.Duration;

/**
 * How the groups of a FIFO queue wait.
 *
 * @param onTransient what becomes of a group whose first message could not be sent for now
 * @param holdFor how long such a group is kept at most, from the first failure on
 * @param onRejected what becomes of a group whose first message is not to be tried again
 */
record FifoPolicy(FifoTransient onTransient, Duration holdFor, FifoRejected onRejected) {}
