package io.mailrouter.sqs;

import io.mailrouter.EmailService;
import io.mailrouter.sqs.message.EmailMessages;
import io.mailrouter.sqs.message.PayloadStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Collects the configuration of a {@link SqsEmailConsumer}. Not safe to share between threads.
 *
 * <p>Each method throws an {@link IllegalArgumentException} that names the setting and its range when a value is out of
 * it.
 */
public final class SqsEmailConsumerBuilder {

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration LONGEST_LEASE = Duration.ofHours(11);

    final EmailService emails;
    final SqsCalls calls;
    final String queueUrl;
    final List<QueueListener> listeners = new ArrayList<>();
    MessageTracer tracer = Tracing.none();
    int maxBodyBytes = EmailMessages.DEFAULT_MAX_BODY_BYTES;
    int maxPayloadBytes = EmailMessages.DEFAULT_MAX_PAYLOAD_BYTES;

    private @Nullable PayloadStore payloads;

    @Nullable
    Waiting waiting;

    @Nullable
    Sending sending;

    private int concurrency = 16;
    private int prefetch = 10;
    private int maxPollers = 4;
    private int batchSize = 10;
    private Duration waitTime = Duration.ofSeconds(10);
    private Duration visibility = Duration.ofSeconds(60);
    private double heartbeatAt = 0.5;
    private Duration maxLease = Duration.ofMinutes(10);
    private int maxAttempts = 8;
    private Duration backoffBase = Duration.ofSeconds(5);
    private Duration backoffMax = Duration.ofMinutes(15);
    private boolean pauseWhenUnavailable = true;
    private Duration probeEvery = Duration.ofSeconds(5);
    private Duration deleteLinger = Duration.ofMillis(100);
    private Duration intakeAhead = Duration.ofSeconds(5);
    private Handling onRejected = Handling.DEAD_LETTER;
    private Handling onMalformed = Handling.DEAD_LETTER;
    private Handling onStale = Handling.DELETE;
    private Handling onUnknown = Handling.DEAD_LETTER;
    private Optional<String> deadLetterQueueUrl = Optional.empty();
    private NoDeadLetterQueue ifNoDeadLetterQueue = NoDeadLetterQueue.FAIL;
    private Duration stopTimeout = Duration.ofSeconds(25);
    private boolean requireExplicitKey;
    private FifoTransient fifoOnTransient = FifoTransient.HOLD;
    private Duration fifoHoldFor = Duration.ofSeconds(60);
    private FifoRejected fifoOnRejected = FifoRejected.CONTINUE;

    SqsEmailConsumerBuilder(EmailService emails, SqsCalls calls, String queueUrl) {
        this.emails = emails;
        this.calls = calls;
        this.queueUrl = url("queueUrl", queueUrl);
    }

    private static String url(String name, String value) {
        if (value.isBlank()) {
            throw new IllegalArgumentException(name + " is empty");
        }
        return value;
    }

    /** Sets how many emails are sent at a time, 1 to 1000. 16 by default. */
    public SqsEmailConsumerBuilder concurrency(int sends) {
        concurrency = Settings.within("concurrency", sends, 1, 1_000);
        return this;
    }

    /** Sets how many messages may wait for their send beyond those being sent, 0 to 1000. 10 by default. */
    public SqsEmailConsumerBuilder prefetch(int messages) {
        prefetch = Settings.within("prefetch", messages, 0, 1_000);
        return this;
    }

    /** Sets how many threads may ask the queue while full batches come, 1 to 100. 4 by default. */
    public SqsEmailConsumerBuilder maxPollers(int pollers) {
        maxPollers = Settings.within("maxPollers", pollers, 1, 100);
        return this;
    }

    /** Sets how many messages one poll asks for, 1 to 10. 10 by default. */
    public SqsEmailConsumerBuilder batchSize(int messages) {
        batchSize = Settings.within("batchSize", messages, 1, 10);
        return this;
    }

    /** Sets how long one poll waits for messages, 1 to 20 whole seconds. 10 s by default. */
    public SqsEmailConsumerBuilder waitTime(Duration time) {
        waitTime = Settings.wholeSeconds("waitTime", time, SECOND, Duration.ofSeconds(20));
        return this;
    }

    /**
     * Sets for how long a message that was handed out stays hidden from others, unless it is extended; whole seconds,
     * at most {@code maxLease}. 60 s by default.
     */
    public SqsEmailConsumerBuilder visibility(Duration time) {
        visibility = Settings.wholeSeconds("visibility", time, SECOND, LONGEST_LEASE);
        return this;
    }

    /** Sets after which share of the visibility a message is extended, 0.1 to 0.9. 0.5 by default. */
    public SqsEmailConsumerBuilder heartbeatAt(double share) {
        if (!(share >= 0.1 && share <= 0.9)) {
            throw new IllegalArgumentException("heartbeatAt is " + share + ": 0.1 to 0.9 is needed");
        }
        heartbeatAt = share;
        return this;
    }

    /** Sets how long a message may be kept, all extensions together; at most 11 h. 10 min by default. */
    public SqsEmailConsumerBuilder maxLease(Duration time) {
        maxLease = Settings.within("maxLease", time, SECOND, LONGEST_LEASE);
        return this;
    }

    /**
     * Sets after how many attempts a message that could not be sent is dead-lettered, 1 to 1000. 8 by default.
     *
     * <p>A service with an idempotency store counts those that it made for the message's key. Without one, what counts is
     * how often the queue has handed the message out, also where it was given back untried.
     */
    public SqsEmailConsumerBuilder maxAttempts(int attempts) {
        maxAttempts = Settings.within("maxAttempts", attempts, 1, 1_000);
        return this;
    }

    /** Sets the longest first delay of a message that could not be sent; it doubles with each receive. 5 s by default. */
    public SqsEmailConsumerBuilder backoffBase(Duration time) {
        backoffBase = Settings.within("backoffBase", time, SECOND, LONGEST_LEASE);
        return this;
    }

    /** Sets the longest delay of a message that could not be sent; at most 11 h. 15 min by default. */
    public SqsEmailConsumerBuilder backoffMax(Duration time) {
        backoffMax = Settings.within("backoffMax", time, SECOND, LONGEST_LEASE);
        return this;
    }

    /** Says whether intake pauses while no provider is usable. It does by default. */
    public SqsEmailConsumerBuilder pauseWhenUnavailable(boolean pause) {
        pauseWhenUnavailable = pause;
        return this;
    }

    /** Sets how often a paused consumer tries one message, 100 ms to 1 h. 5 s by default. */
    public SqsEmailConsumerBuilder probeEvery(Duration time) {
        probeEvery = Settings.within("probeEvery", time, Duration.ofMillis(100), Duration.ofHours(1));
        return this;
    }

    /** Sets how long a delete may wait for others to fill its batch, 0 to 5 s. 100 ms by default. */
    public SqsEmailConsumerBuilder deleteLinger(Duration time) {
        deleteLinger = Settings.within("deleteLinger", time, Duration.ZERO, Duration.ofSeconds(5));
        return this;
    }

    /**
     * Sets for how long ahead messages are received where every usable provider has a rate or a quota, 100 ms to 5 min:
     * no more are held than the providers take in that time and the time of an attempt. 5 s by default.
     *
     * <p>Rates count recipients, and this counts messages; it is to be shorter than the emails' deadline, in which each
     * waits its turn.
     */
    public SqsEmailConsumerBuilder intakeAhead(Duration time) {
        intakeAhead = Settings.within("intakeAhead", time, Duration.ofMillis(100), Duration.ofMinutes(5));
        return this;
    }

    /** Says what becomes of an email that is at fault, also for some recipients only. Dead-lettered by default. */
    public SqsEmailConsumerBuilder onRejected(Handling handling) {
        onRejected = handling;
        return this;
    }

    /** Says what becomes of a message that is no email. Dead-lettered by default. */
    public SqsEmailConsumerBuilder onMalformed(Handling handling) {
        onMalformed = handling;
        return this;
    }

    /** Says what becomes of an email that came too late. Deleted by default. */
    public SqsEmailConsumerBuilder onStale(Handling handling) {
        onStale = handling;
        return this;
    }

    /**
     * Says what becomes of an email that may or may not have been sent. Dead-lettered by default.
     *
     * <p>It does not go back to the queue, because it would then be sent again. Where its dead letter cannot be written
     * until {@code maxLease} is over or the consumer stops, it is hidden for as long as the queue allows, about 12 h,
     * and an ERROR is logged; nobody can keep it for longer. The same holds for an email that was accepted for some
     * recipients only.
     */
    public SqsEmailConsumerBuilder onUnknown(Handling handling) {
        onUnknown = handling;
        return this;
    }

    /**
     * Names the dead-letter queue by its URL: a FIFO queue for a FIFO queue, else a standard queue, and not the one that is
     * drained. By default it is the one of the queue's redrive policy.
     */
    public SqsEmailConsumerBuilder deadLetterQueue(String url) {
        if (SqsQueue.isFifo(url) != SqsQueue.isFifo(queueUrl)) {
            throw new IllegalArgumentException(
                    SqsQueue.isFifo(queueUrl)
                            ? "deadLetterQueue names a standard queue: the queue that is drained is a FIFO queue, and"
                                    + " so must its dead-letter queue be"
                            : "deadLetterQueue names a FIFO queue: a standard queue is needed");
        }
        if (url.equals(queueUrl)) {
            throw new IllegalArgumentException("deadLetterQueue is the queue that is drained: name another");
        }
        deadLetterQueueUrl = Optional.of(url("deadLetterQueue", url));
        return this;
    }

    /** Says what to do without any dead-letter queue. Starting fails by default. */
    public SqsEmailConsumerBuilder ifNoDeadLetterQueue(NoDeadLetterQueue what) {
        ifNoDeadLetterQueue = what;
        return this;
    }

    /** Sets the most bytes of a message's body, 1 to 1,048,576; a longer one is malformed. 1 MiB by default. */
    public SqsEmailConsumerBuilder maxBodyBytes(int bytes) {
        maxBodyBytes = Settings.within("maxBodyBytes", bytes, 1, EmailMessages.DEFAULT_MAX_BODY_BYTES);
        return this;
    }

    /**
     * Fetches the bodies that were too large for the queue from there, on the threads that send. By default a message that
     * stands for one is malformed. One that cannot be fetched goes back to the queue, and no receive counts against it.
     */
    public SqsEmailConsumerBuilder payloads(PayloadStore store) {
        payloads = store;
        return this;
    }

    /**
     * Sets the most bytes of a body that is fetched, 1 to 268,435,456; a longer one is malformed. Each send may hold a few
     * times as much in memory. 48 MiB by default.
     */
    public SqsEmailConsumerBuilder maxPayloadBytes(int bytes) {
        maxPayloadBytes = Settings.within("maxPayloadBytes", bytes, 1, EmailMessages.HIGHEST_MAX_PAYLOAD_BYTES);
        return this;
    }

    EmailMessages messages() {
        EmailMessages messages = EmailMessages.upTo(maxBodyBytes);
        return payloads == null ? messages : messages.payloads(payloads, maxPayloadBytes);
    }

    /** Sets how long {@link SqsEmailConsumer#stop()} waits for sends under way, 0 to 1 h. 25 s by default. */
    public SqsEmailConsumerBuilder stopTimeout(Duration time) {
        stopTimeout = Settings.within("stopTimeout", time, Duration.ZERO, Duration.ofHours(1));
        return this;
    }

    /**
     * Says whether a message is malformed, with the code {@code key_missing}, when its producer has named no key: neither
     * {@code idempotencyKey} in the body, nor the message attribute {@code mailrouter.idempotency-key}, nor on a FIFO
     * queue a deduplication id of its own. It is not by default: such a message is known by its id, which covers that it
     * is handed out again, and neither a redrive nor a producer that sends it twice.
     */
    public SqsEmailConsumerBuilder requireExplicitKey(boolean require) {
        requireExplicitKey = require;
        return this;
    }

    /** Says what becomes of a FIFO group whose first message could not be sent for now. It is held by default. */
    public SqsEmailConsumerBuilder fifoOnTransient(FifoTransient what) {
        fifoOnTransient = what;
        return this;
    }

    /**
     * Sets how long a FIFO group is held while its first message is tried again and again, 1 s to 1 h, from the first
     * failure on; never longer than {@code maxLease} allows. 60 s by default.
     *
     * <p>Held groups own no more than half of the messages that the consumer holds; beyond that, and while intake pauses
     * because no provider is usable, they go back at once.
     */
    public SqsEmailConsumerBuilder fifoHoldFor(Duration time) {
        fifoHoldFor = Settings.within("fifoHoldFor", time, SECOND, Duration.ofHours(1));
        return this;
    }

    /** Says whether a FIFO group goes on after a message that is not to be tried again. It does by default. */
    public SqsEmailConsumerBuilder fifoOnRejected(FifoRejected what) {
        fifoOnRejected = what;
        return this;
    }

    /**
     * Sets what the properties say, by these names; the others keep their values.
     *
     * <p>{@code concurrency}, {@code prefetch}, {@code maxPollers}, {@code batchSize}, {@code waitTime}, {@code
     * visibility}, {@code intake.ahead}, {@code heartbeat.at}, {@code heartbeat.maxLease}, {@code maxAttempts}, {@code
     * backoff.base}, {@code backoff.max}, {@code pauseWhenUnavailable}, {@code probeEvery}, {@code delete.linger}, {@code
     * onRejected}, {@code onMalformed}, {@code onStale}, {@code onUnknown}, {@code deadLetter.queue}, {@code
     * deadLetter.ifMissing}, {@code idempotency.requireExplicit}, {@code fifo.onTransient}, {@code fifo.holdFor}, {@code
     * fifo.onRejected}, {@code maxBodyBytes}, {@code maxPayloadBytes} and {@code stop.timeout}. Durations are such as {@code 30s}, {@code
     * 100ms} or {@code PT30S}, choices such as {@code DEAD_LETTER} or {@code dead-letter}.
     *
     * @throws IllegalArgumentException when a name is unknown, or a value malformed or out of its range; it names the
     *     property, and what could stand there
     */
    public SqsEmailConsumerBuilder properties(Map<String, String> properties) {
        ConsumerProperties.apply(this, properties);
        return this;
    }

    /** Adds a listener. */
    public SqsEmailConsumerBuilder listener(QueueListener listener) {
        listeners.add(listener);
        return this;
    }

    /**
     * Sets what makes sends a part of the traces that their messages came with, such as {@code MessageObservations} of
     * {@code mailrouter-micrometer}. Nothing by default.
     */
    public SqsEmailConsumerBuilder tracer(MessageTracer value) {
        tracer = value;
        return this;
    }

    SqsEmailConsumerBuilder waiting(Waiting value) {
        waiting = value;
        return this;
    }

    SqsEmailConsumerBuilder sending(Sending value) {
        sending = value;
        return this;
    }

    Settings settings() {
        return new Settings(
                concurrency,
                prefetch,
                maxPollers,
                batchSize,
                waitTime,
                visibility,
                heartbeatAt,
                maxLease,
                new Policy(maxAttempts, backoffBase, backoffMax, onRejected, onMalformed, onStale, onUnknown),
                pauseWhenUnavailable,
                probeEvery,
                deleteLinger,
                intakeAhead,
                deadLetterQueueUrl,
                ifNoDeadLetterQueue,
                stopTimeout,
                requireExplicitKey,
                new FifoPolicy(fifoOnTransient, fifoHoldFor, fifoOnRejected));
    }

    /**
     * Returns the consumer, which does nothing before its {@link SqsEmailConsumer#start()}.
     *
     * @throws IllegalArgumentException when visibility is longer than maxLease, or backoffBase than backoffMax
     */
    public SqsEmailConsumer build() {
        return new SqsEmailConsumer(this);
    }
}
