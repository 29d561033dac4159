package io.mailrouter.email;

/** What to do when a provider may or may not have accepted an email, and nobody can tell. */
public enum Ambiguity {
    /** Never send again; report the outcome as unknown. For everything that must not arrive twice. The default. */
    STOP,
    /**
     * Send again through the same provider, if it recognises a repeated request by its idempotency key; else as
     * {@link #STOP}.
     */
    RESEND_SAME,
    /** Send through another provider. For emails whose loss is worse than a duplicate, such as one-time codes. */
    RESEND_OTHER
}
