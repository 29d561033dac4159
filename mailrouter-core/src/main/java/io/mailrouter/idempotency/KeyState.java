package io.mailrouter.idempotency;

/** What is known of the email that a key stands for. */
public enum KeyState {
    /** Its owner is sending it. */
    IN_FLIGHT,
    /** A provider has taken it, for some recipients at least. For good. */
    SENT,
    /** Nobody can tell whether a provider has taken it. A late answer may still settle it. */
    AMBIGUOUS,
    /** Nothing was sent; whoever comes next may send it. */
    NOT_SENT,
    /** A provider has refused the email itself; nothing was sent, and the same email would be refused again. */
    REFUSED
}
