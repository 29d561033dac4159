package io.mailrouter.sqs;

import java.time.Duration;

/**
 * A consumer's counts since its start, at one moment.
 *
 * @param received messages received
 * @param deleted messages deleted, having done their work
 * @param returned messages given back to the queue
 * @param deadLettered messages moved to the dead-letter queue
 * @param deleteLost messages done with and not deleted
 * @param leaseLost messages that could not be kept
 * @param pollFailures times that the queue could not be asked
 * @param owned messages held now
 * @param running sends under way now
 * @param concurrency how many emails are sent at a time at most, now
 * @param pollers threads that ask the queue now
 * @param paused whether intake is paused because no provider is usable
 * @param failing whether the last question to the queue failed
 * @param age how far behind the queue is: the age of the oldest message that the last poll brought, which grows until the
 *     next poll; zero once a poll has found nothing
 */
public record ConsumerStats(
        long received,
        long deleted,
        long returned,
        long deadLettered,
        long deleteLost,
        long leaseLost,
        long pollFailures,
        int owned,
        int running,
        int concurrency,
        int pollers,
        boolean paused,
        boolean failing,
        Duration age) {}
