package io.mailrouter.testkit;

/**
 * A stand-in for Amazon SES v2 that takes SendEmail requests.
 *
 * <p>Point a client's endpoint at {@link #url()}. Any signature will do, none is answered with 403.
 */
public final class LoopbackSes extends LoopbackProvider {

    private LoopbackSes() {
        super(new SesWire());
    }

    /** Returns one that listens already. Close it. */
    public static LoopbackSes start() {
        return new LoopbackSes();
    }

    /** Answers as SES does above the account's sending rate. */
    public static Behaviour throttled() {
        return error(429, "ThrottlingException", "Maximum sending rate exceeded.");
    }

    /** Answers as SES does when the day's quota is used up. */
    public static Behaviour quotaExceeded() {
        return error(429, "ThrottlingException", "Daily message quota exceeded.");
    }

    /**
     * Answers with one of the service's own errors.
     *
     * @param status such as 400
     * @param type the error's name, such as {@code MessageRejected}
     * @param message what it says
     */
    public static Behaviour error(int status, String type, String message) {
        Reply reply = SesWire.error(status, type, message);
        return Behaviour.answering("error " + status, () -> reply);
    }
}
