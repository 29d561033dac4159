package io.mailrouter.sqs;

import io.mailrouter.EmailService;
import io.mailrouter.sqs.message.EmailMessages;
import io.mailrouter.sqs.message.PayloadStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.sqs.SqsClient;

/**
 * Collects the configuration of a {@link SqsEmailLambdaHandler}. Not safe to share between threads.
 *
 * <p>Each method throws an {@link IllegalArgumentException} that names the setting and its range when a value is out of
 * it.
 */
public final class SqsEmailLambdaHandlerBuilder {

    private static final Logger log = LoggerFactory.getLogger(SqsEmailLambdaHandler.class);
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration LONGEST_DELAY = Duration.ofHours(11);
    private static final Pattern NAMESPACE = Pattern.compile("[A-Za-z0-9._/#:-]{1,255}");

    final EmailService emails;
    final List<QueueListener> listeners = new ArrayList<>();
    int concurrency = 10;
    boolean requireExplicitKey;
    Optional<String> deadLetterQueueUrl = Optional.empty();
    Optional<String> namespace = Optional.empty();
    Consumer<String> out = line -> System.out.println(line);

    @Nullable
    SqsClient client;

    @Nullable
    Sending sending;

    private int maxAttempts = 8;
    private Duration backoffBase = Duration.ofSeconds(5);
    private Duration backoffMax = Duration.ofMinutes(15);
    private Handling onRejected = Handling.DEAD_LETTER;
    private Handling onMalformed = Handling.DEAD_LETTER;
    private Handling onStale = Handling.DELETE;
    private Handling onUnknown = Handling.DEAD_LETTER;
    private int maxBodyBytes = EmailMessages.DEFAULT_MAX_BODY_BYTES;
    private int maxPayloadBytes = EmailMessages.DEFAULT_MAX_PAYLOAD_BYTES;
    private @Nullable PayloadStore payloads;

    SqsEmailLambdaHandlerBuilder(EmailService emails) {
        this.emails = emails;
    }

    /** Sets how many messages of one invocation are worked on at a time, 1 to 1000. 10 by default. */
    public SqsEmailLambdaHandlerBuilder concurrency(int messages) {
        concurrency = Settings.within("concurrency", messages, 1, 1_000);
        return this;
    }

    /** Sets the client that hides failed messages and dead-letters others; it is never closed here. None by default. */
    public SqsEmailLambdaHandlerBuilder client(SqsClient value) {
        client = value;
        return this;
    }

    /**
     * Names the dead-letter queue by its URL; it must not be the queue whose messages come, and a FIFO queue only if that
     * is one. By default it is the one of the queue's redrive policy. Needs a {@link #client}.
     */
    public SqsEmailLambdaHandlerBuilder deadLetterQueue(String url) {
        if (url.isBlank()) {
            throw new IllegalArgumentException("deadLetterQueue is empty");
        }
        deadLetterQueueUrl = Optional.of(url);
        return this;
    }

    /**
     * Sets after how many attempts a message that could not be sent is dead-lettered, 1 to 1000. 8 by default.
     *
     * <p>A service with an idempotency store counts those that it made for the message's key. Without one, what counts is
     * how often the queue has handed the message out, also where it was given back untried.
     */
    public SqsEmailLambdaHandlerBuilder maxAttempts(int attempts) {
        maxAttempts = Settings.within("maxAttempts", attempts, 1, 1_000);
        return this;
    }

    /** Sets the longest first delay of a message that could not be sent; it doubles with each receive. 5 s by default. */
    public SqsEmailLambdaHandlerBuilder backoffBase(Duration time) {
        backoffBase = Settings.within("backoffBase", time, SECOND, LONGEST_DELAY);
        return this;
    }

    /** Sets the longest delay of a message that could not be sent; at most 11 h. 15 min by default. */
    public SqsEmailLambdaHandlerBuilder backoffMax(Duration time) {
        backoffMax = Settings.within("backoffMax", time, SECOND, LONGEST_DELAY);
        return this;
    }

    /** Says what becomes of an email that is at fault, also for some recipients only. Dead-lettered by default. */
    public SqsEmailLambdaHandlerBuilder onRejected(Handling handling) {
        onRejected = handling;
        return this;
    }

    /** Says what becomes of a message that is no email. Dead-lettered by default. */
    public SqsEmailLambdaHandlerBuilder onMalformed(Handling handling) {
        onMalformed = handling;
        return this;
    }

    /** Says what becomes of an email that came too late. Deleted by default. */
    public SqsEmailLambdaHandlerBuilder onStale(Handling handling) {
        onStale = handling;
        return this;
    }

    /**
     * Says what becomes of an email that may or may not have been sent. Dead-lettered by default. Where that fails it is
     * hidden for as long as the queue allows and returned as failed; whether it is sent when it comes again is for the
     * service's idempotency store to know.
     */
    public SqsEmailLambdaHandlerBuilder onUnknown(Handling handling) {
        onUnknown = handling;
        return this;
    }

    /**
     * Says whether a message is malformed, with the code {@code key_missing}, when its producer has named no key: neither
     * {@code idempotencyKey} in the body, nor the message attribute {@code mailrouter.idempotency-key}, nor on a FIFO
     * queue a deduplication id of its own. It is not by default: such a message is known by its id.
     */
    public SqsEmailLambdaHandlerBuilder requireExplicitKey(boolean require) {
        requireExplicitKey = require;
        return this;
    }

    /** Sets the most bytes of a message's body, 1 to 1,048,576; a longer one is malformed. 1 MiB by default. */
    public SqsEmailLambdaHandlerBuilder maxBodyBytes(int bytes) {
        maxBodyBytes = Settings.within("maxBodyBytes", bytes, 1, EmailMessages.DEFAULT_MAX_BODY_BYTES);
        return this;
    }

    /**
     * Fetches the bodies that were too large for the queue from there. By default a message that stands for one is
     * malformed. One that cannot be fetched is returned as failed.
     */
    public SqsEmailLambdaHandlerBuilder payloads(PayloadStore store) {
        payloads = store;
        return this;
    }

    /**
     * Sets the most bytes of a body that is fetched, 1 to 268,435,456; a longer one is malformed. The function needs a few
     * times as much memory, for each message that is sent at a time. 48 MiB by default.
     */
    public SqsEmailLambdaHandlerBuilder maxPayloadBytes(int bytes) {
        maxPayloadBytes = Settings.within("maxPayloadBytes", bytes, 1, EmailMessages.HIGHEST_MAX_PAYLOAD_BYTES);
        return this;
    }

    /**
     * Prints one line to the standard output for each invocation, in CloudWatch's embedded metric format, with the
     * dimension {@code queue}: {@code received}, {@code accepted}, {@code discarded}, {@code deadLettered}, {@code failed}
     * and {@code duration} in milliseconds. The first is the sum of the next four. Off by default.
     *
     * @param value the namespace of the metrics, such as {@code mailrouter}; 1 to 255 of the characters that CloudWatch
     *     takes
     */
    public SqsEmailLambdaHandlerBuilder metrics(String value) {
        if (!NAMESPACE.matcher(value).matches()) {
            throw new IllegalArgumentException(
                    "metrics needs a namespace of 1 to 255 letters, digits or any of . - _ / # :");
        }
        namespace = Optional.of(value);
        return this;
    }

    /**
     * Adds a listener. It hears {@link QueueEvent.Received}, {@link QueueEvent.Started}, {@link QueueEvent.Accepted}, {@link
     * QueueEvent.Duplicate}, {@link QueueEvent.DeadLettered}, {@link QueueEvent.Deleted} for what Lambda is to delete, and
     * {@link QueueEvent.Returned} for what failed; a delay of zero leaves the time to the queue's own visibility. What was
     * not begun is returned with the code {@code no_time_left}, {@code paused} in an outage, {@code service_closed}, {@code
     * behind_failed} in a FIFO group, {@code jvm_error}, or {@code answered} once Lambda has its answer.
     */
    public SqsEmailLambdaHandlerBuilder listener(QueueListener listener) {
        listeners.add(listener);
        return this;
    }

    SqsEmailLambdaHandlerBuilder out(Consumer<String> value) {
        out = value;
        return this;
    }

    SqsEmailLambdaHandlerBuilder sending(Sending value) {
        sending = value;
        return this;
    }

    Policy policy() {
        return new Policy(maxAttempts, backoffBase, backoffMax, onRejected, onMalformed, onStale, onUnknown);
    }

    EmailMessages messages() {
        EmailMessages messages = EmailMessages.upTo(maxBodyBytes);
        return payloads == null ? messages : messages.payloads(payloads, maxPayloadBytes);
    }

    /**
     * Returns the handler. Makes no call.
     *
     * @throws IllegalArgumentException when backoffBase is longer than backoffMax, or a dead-letter queue is named without
     *     a client
     * @throws IllegalStateException when an email that may have been sent would be sent again: with neither a client to
     *     dead-letter it nor an idempotency store to know it by, {@link #onUnknown} and {@link #onRejected} need to be
     *     {@link Handling#DELETE}
     */
    public SqsEmailLambdaHandler build() {
        Settings.atMost("backoffBase", backoffBase, "backoffMax", backoffMax);
        if (client == null) {
            checkWithoutClient();
        }
        return new SqsEmailLambdaHandler(this);
    }

    private void checkWithoutClient() {
        if (deadLetterQueueUrl.isPresent()) {
            throw new IllegalArgumentException("deadLetterQueue needs a client to send to it: set client(...)");
        }
        boolean mayResend = onUnknown == Handling.DEAD_LETTER || onRejected == Handling.DEAD_LETTER;
        if (mayResend && !emails.isIdempotent()) {
            throw new IllegalStateException(
                    "without a client nothing can be dead-lettered, and emails would be sent again that were sent,"
                            + " perhaps or to some recipients: set client(...), give the service an idempotency store, or"
                            + " set onUnknown(DELETE) and onRejected(DELETE)");
        }
        log.warn("Without an SQS client nothing is dead-lettered with its reason, and a message that failed comes again"
                + " when the queue's own visibility ends");
    }
}
