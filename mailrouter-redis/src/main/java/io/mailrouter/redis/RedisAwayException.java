package io.mailrouter.redis;

/** Redis did not answer, or not in time, or with an error. Its message is for an operator and names no secret. */
final class RedisAwayException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    RedisAwayException(String trouble) {
        super("Redis cannot be used: " + trouble, null, false, false);
    }

    RedisAwayException(String trouble, Throwable cause) {
        super("Redis cannot be used: " + trouble, cause, false, false);
    }
}
