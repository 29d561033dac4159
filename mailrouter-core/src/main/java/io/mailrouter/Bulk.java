package io.mailrouter;

/** Whether emails that are alike may travel in one request. */
public enum Bulk {
    /** Each email in a request of its own. The default: a request that fails leaves one email unknown and not many. */
    NEVER,
    /**
     * Many in one request, where they are {@linkplain io.mailrouter.email.Alike alike} and the provider takes it. A
     * request whose answer is lost leaves all of its emails unknown, and is not made again through the same provider
     * ({@link io.mailrouter.email.Ambiguity#RESEND_SAME}): its reference is its own.
     */
    ALLOWED
}
