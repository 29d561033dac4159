package io.mailrouter.redis;

import java.util.concurrent.CompletionException;

/** A sentinel has not named the master. Its message is for an operator and names no secret. */
final class SentinelException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private SentinelException(String message) {
        super(message, null, false, false);
    }

    static SentinelException unknownMaster() {
        return new SentinelException("its sentinels know no master of the name in the property uri, after the #");
    }

    /** Returns what an attempt has failed with, in words. */
    static SentinelException of(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof SentinelException known
                ? known
                : new SentinelException("of its sentinels none answered: " + Trouble.of(cause, "sentinelPassword"));
    }
}
