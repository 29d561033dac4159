package io.mailrouter.sqs;

import java.util.Map;

/**
 * What a redrive has done.
 *
 * @param moved how many messages were brought back, or would have been by a dry run
 * @param left how many were seen and left where they are, because the filter does not take them or enough were moved
 * @param failed how many could not be brought back, by a short word for why: {@code no_source_queue} where nobody knows
 *     the queue that it comes from, {@code same_queue}, {@code no_group} for a FIFO queue, {@code no_room_for_key} beside
 *     ten attributes, {@code not_deleted} for one that was brought back and is still in the dead-letter queue, or the
 *     queue service's error code
 * @param complete whether the whole queue was seen, as far as it can be
 */
public record RedriveReport(int moved, int left, Map<String, Integer> failed, boolean complete) {

    /** Copies the map. */
    public RedriveReport {
        failed = Map.copyOf(failed);
    }

    /** Returns how many could not be brought back. */
    public int failures() {
        return failed.values().stream().mapToInt(Integer::intValue).sum();
    }
}
