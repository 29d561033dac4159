package io.mailrouter.email;

/** What to do with an email while a store that it needs cannot be asked. */
public enum StoreFailure {
    /** Send it without the store; the result says so. */
    SEND,
    /** Do not send it now: the result is that nothing was sent, and when to try again. */
    HOLD
}
