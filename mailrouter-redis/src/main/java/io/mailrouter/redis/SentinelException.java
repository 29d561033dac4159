package io.mailrouter.redis;

import org.jspecify.annotations.Nullable;

/** No sentinel has named the master. Its message is for an operator and names no secret. */
final class SentinelException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** @param failure why the last sentinel did not answer; null if it answered that it knows no such master */
    SentinelException(@Nullable Throwable failure) {
        super(
                failure == null
                        ? "its sentinels know no master of the name in the property uri, after the #"
                        : "of its sentinels none answered: " + Trouble.of(failure, "sentinelPassword"),
                failure,
                false,
                false);
    }
}
