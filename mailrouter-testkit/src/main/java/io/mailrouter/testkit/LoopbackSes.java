package io.mailrouter.testkit;

/**
 * A stand-in for Amazon SES v2 that takes SendEmail and SendBulkEmail requests, and answers GetAccount. Each entry of the latter becomes an email
 * of its own, with its template filled in if that came along.
 *
 * <p>Point a client's endpoint at {@link #url()}. Any signature will do, none is answered with 403.
 */
public final class LoopbackSes extends LoopbackProvider {

    private final SesWire wire;

    private LoopbackSes(SesWire wire) {
        super(wire, account(1_000_000, -1, 0));
        this.wire = wire;
    }

    /** Returns one that listens already. Close it. */
    public static LoopbackSes start() {
        return new LoopbackSes(new SesWire());
    }

    /** Refuses from now on every request that names this recipient, as a whole, with 400. */
    public void refuseRecipient(String address) {
        wire.bulk().refuse(address);
    }

    /**
     * Answers from now on with this status for this recipient's entry among many. Only {@code SUCCESS} takes it.
     *
     * @param status such as {@code MESSAGE_REJECTED}
     */
    public void entryStatus(String address, String status) {
        wire.bulk().status(address, status);
    }

    /**
     * Sets what GetAccount comes to from now on, such as {@link #account}, {@link #error} or {@link Behaviour#hang()}. At
     * first the account has no bounds worth mentioning.
     */
    @Override
    public void whenAsked(Behaviour behaviour) {
        super.whenAsked(behaviour);
    }

    /**
     * Answers GetAccount for one in good order.
     *
     * @param maxSendRate recipients in a second
     * @param max24HourSend recipients in 24 hours, -1 for no bound
     * @param sentLast24Hours how many there were
     */
    public static Behaviour account(double maxSendRate, double max24HourSend, double sentLast24Hours) {
        return SesWire.account(true, "HEALTHY", maxSendRate, max24HourSend, sentLast24Hours);
    }

    /** Answers GetAccount for one whose sending is paused. */
    public static Behaviour pausedAccount() {
        return SesWire.account(false, "PROBATION", 14, 50_000, 0);
    }

    /** Answers GetAccount for one that SES has shut down. */
    public static Behaviour shutDownAccount() {
        return SesWire.account(true, "SHUTDOWN", 14, 50_000, 0);
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
