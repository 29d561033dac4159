package io.mailrouter.testkit;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/**
 * A stand-in for SendGrid that takes v3 mail/send requests. Each personalization becomes an email of its own, with its
 * substitutions made.
 *
 * <p>Any API key will do, none is answered with 401.
 */
public final class LoopbackSendGrid extends LoopbackProvider {

    private final SendGridWire wire;

    private LoopbackSendGrid(SendGridWire wire) {
        super(wire);
        this.wire = wire;
    }

    /** Returns one that listens already. Close it. */
    public static LoopbackSendGrid start() {
        return new LoopbackSendGrid(new SendGridWire());
    }

    /** Refuses from now on every request that names this recipient, as a whole, with 400. */
    public void refuseRecipient(String address) {
        wire.refuse(address);
    }

    /**
     * Answers as SendGrid does above its rate limit.
     *
     * @param resetIn how long after the answer the limit is lifted; goes out as whole seconds of the epoch
     */
    public static Behaviour throttled(Duration resetIn) {
        return Behaviour.answering(
                "error 429",
                () -> SendGridWire.throttled(
                        Long.toString(Instant.now().plus(resetIn).getEpochSecond())));
    }

    /**
     * Answers with one of the service's own errors.
     *
     * @param status such as 400
     * @param message what it says
     */
    public static Behaviour error(int status, String message) {
        Reply reply = SendGridWire.error(status, Map.of(), message);
        return Behaviour.answering("error " + status, () -> reply);
    }
}
