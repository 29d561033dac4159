package io.mailrouter;

/** What to do with an email while a store that it needs cannot be asked. */
public enum StoreFailure {
    /** Send it without the store, and say so in the result. */
    SEND,
    /** Do not send it now: the result is {@link SendResult.NotSent}, to be tried again later. */
    HOLD
}
