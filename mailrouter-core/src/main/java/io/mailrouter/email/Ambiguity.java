package io.mailrouter.email;

/** What to do when a provider may or may not have accepted an email, and nobody can tell. */
public enum Ambiguity {
    /** Never send again; report the outcome as unknown. For everything that must not arrive twice. The default. */
    STOP,
    /** Send through another provider. For emails whose loss is worse than a duplicate, such as one-time codes. */
    RESEND_OTHER
}
