package io.mailrouter.sqs;

import java.util.Optional;
import java.util.function.Predicate;

/**
 * What is to be brought back from a dead-letter queue, and how.
 *
 * <p>Immutable, safe to share between threads: each method returns another one, and throws an
 * {@link IllegalArgumentException} that names the setting and its range when a value is out of it.
 */
public final class Redrive {

    private static final int MOST = 1_000_000;

    private final Predicate<DeadLetter> filter;
    private final double perSecond;
    private final int max;
    private final boolean dry;
    private final boolean freshKeys;
    private final Optional<String> target;

    private Redrive(
            Predicate<DeadLetter> filter,
            double perSecond,
            int max,
            boolean dry,
            boolean freshKeys,
            Optional<String> target) {
        this.filter = filter;
        this.perSecond = perSecond;
        this.max = max;
        this.dry = dry;
        this.freshKeys = freshKeys;
        this.target = target;
    }

    /**
     * Returns a plan for all dead letters that the filter takes: ten a second, a million at most, each to the queue that it
     * comes from, with the key that it has.
     *
     * @param filter such as {@link DeadLetter#hasReason}; it may be asked again about a letter
     */
    public static Redrive of(Predicate<DeadLetter> filter) {
        return new Redrive(filter, 10, MOST, false, false, Optional.empty());
    }

    /** Sets how many messages are brought back a second, 0.1 to 1,000. 10 by default. */
    public Redrive rate(double messagesPerSecond) {
        if (!(messagesPerSecond >= 0.1 && messagesPerSecond <= 1_000)) {
            throw new IllegalArgumentException("rate is " + messagesPerSecond + ": 0.1 to 1000 a second is needed");
        }
        return new Redrive(filter, messagesPerSecond, max, dry, freshKeys, target);
    }

    /** Sets how many messages are brought back at most, 1 to 1,000,000, which is the default. */
    public Redrive max(int messages) {
        return new Redrive(filter, perSecond, Settings.within("max", messages, 1, MOST), dry, freshKeys, target);
    }

    /** Only counts what would be brought back. */
    public Redrive dryRun() {
        return new Redrive(filter, perSecond, max, true, freshKeys, target);
    }

    /** Sends all to this queue, by its URL, instead of the one that each comes from. */
    public Redrive to(String queueUrl) {
        if (queueUrl.isBlank()) {
            throw new IllegalArgumentException("queueUrl is empty");
        }
        return new Redrive(filter, perSecond, max, dry, freshKeys, Optional.of(queueUrl));
    }

    /**
     * Gives each message another idempotency key, so that nothing that is remembered of it counts: <b>an email that was
     * sent is sent again</b>. The key is made of the dead letter's id, so that one that is brought back twice is sent once.
     *
     * <p>Without it a message whose email is remembered as refused for good, {@code unknown} or {@code partly_accepted} is
     * dead-lettered again for the same reason. Where a provider surely refused it, and the cause is mended, fresh keys send
     * nothing twice. For the other two it is for whoever has found out that it did not arrive, or would rather have it
     * arrive twice.
     */
    public Redrive freshKeysMaySendTwice() {
        return new Redrive(filter, perSecond, max, dry, true, target);
    }

    Predicate<DeadLetter> filter() {
        return filter;
    }

    double perSecond() {
        return perSecond;
    }

    int max() {
        return max;
    }

    boolean isDry() {
        return dry;
    }

    boolean hasFreshKeys() {
        return freshKeys;
    }

    Optional<String> target() {
        return target;
    }
}
