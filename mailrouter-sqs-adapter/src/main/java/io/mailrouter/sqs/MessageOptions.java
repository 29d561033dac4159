package io.mailrouter.sqs;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How one message is put into a queue, apart from the email that it holds.
 *
 * <p>Immutable, safe to share between threads. {@link #toString()} says nothing of the values.
 */
public final class MessageOptions {

    /** The longest that Amazon SQS delays a message. */
    static final Duration LONGEST_DELAY = Duration.ofMinutes(15);

    private static final MessageOptions NONE = builder().build();

    /** What Amazon SQS takes in a group or deduplication id: ASCII letters, digits and punctuation. */
    private static final Pattern ID = Pattern.compile("[!-~]{1,128}");

    private static final Pattern TRACE_HEADER = Pattern.compile("[ -~]{1,500}");

    private final Optional<Duration> delay;
    private final Optional<String> group;
    private final Optional<String> deduplicationId;
    private final Optional<String> traceHeader;

    private MessageOptions(Builder b) {
        delay = b.delay;
        group = b.group;
        deduplicationId = b.deduplicationId;
        traceHeader = b.traceHeader;
    }

    /** Returns options that leave everything to the queue. */
    public static MessageOptions none() {
        return NONE;
    }

    /** Returns a builder that leaves everything to the queue. */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns for how long the message is hidden at first; none means as the queue says. */
    public Optional<Duration> delay() {
        return delay;
    }

    /** Returns the message group. */
    public Optional<String> group() {
        return group;
    }

    /** Returns the deduplication id of a FIFO queue; none means the idempotency key. */
    public Optional<String> deduplicationId() {
        return deduplicationId;
    }

    /** Returns the trace that the message belongs to. */
    public Optional<String> traceHeader() {
        return traceHeader;
    }

    static boolean isId(String text) {
        return ID.matcher(text).matches();
    }

    /** Returns a fixed text. */
    @Override
    public String toString() {
        return "MessageOptions";
    }

    /**
     * Collects options. Not safe to share between threads.
     *
     * <p>Each method throws an {@link IllegalArgumentException} that names the option and what is wrong with it.
     */
    public static final class Builder {

        private Optional<Duration> delay = Optional.empty();
        private Optional<String> group = Optional.empty();
        private Optional<String> deduplicationId = Optional.empty();
        private Optional<String> traceHeader = Optional.empty();

        private Builder() {}

        /**
         * Hides the message at first, for 0 to 900 whole seconds: a queue keeps no longer delay, and a message that came
         * early would be sent early. A FIFO queue has a delay of its own only. By default as the queue says.
         */
        public Builder delay(Duration time) {
            delay = Optional.of(Settings.wholeSeconds("delay", time, Duration.ZERO, LONGEST_DELAY));
            return this;
        }

        /**
         * Names the message's group, 1 to 128 ASCII letters, digits and punctuation marks. In a standard queue it is the
         * tenant: one that sends much does not make the others wait. In a FIFO queue, which needs it, it is what keeps its
         * order. None by default.
         */
        public Builder group(String name) {
            group = Optional.of(id("group", name));
            return this;
        }

        /**
         * Names what a FIFO queue takes only once in five minutes, 1 to 128 ASCII letters, digits and punctuation marks. The
         * idempotency key by default.
         */
        public Builder deduplicationId(String id) {
            deduplicationId = Optional.of(id("deduplicationId", id));
            return this;
        }

        /**
         * Sets the trace that the message belongs to, as AWS X-Ray writes it, such as
         * {@code Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1}. None by default.
         */
        public Builder traceHeader(String header) {
            if (!TRACE_HEADER.matcher(header).matches()) {
                throw new IllegalArgumentException("traceHeader needs 1 to 500 printable ASCII characters");
            }
            traceHeader = Optional.of(header);
            return this;
        }

        private static String id(String name, String value) {
            if (!isId(value)) {
                throw new IllegalArgumentException(
                        name + " needs 1 to 128 ASCII letters, digits and punctuation marks, without spaces");
            }
            return value;
        }

        /** Returns the options. */
        public MessageOptions build() {
            return new MessageOptions(this);
        }
    }
}
