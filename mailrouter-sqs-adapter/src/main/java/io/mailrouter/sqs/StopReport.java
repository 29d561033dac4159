package io.mailrouter.sqs;

/**
 * What became of the messages that a consumer held when it was told to stop.
 *
 * @param completed sends that were under way and came to their end
 * @param released messages whose send had not begun; the queue hands them out again at once
 * @param abandoned messages that were still held when the time was over; the queue hands them out again when their
 *     visibility ends
 */
public record StopReport(int completed, int released, int abandoned) {}
