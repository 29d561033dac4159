package io.mailrouter.sqs;

import io.mailrouter.EmailService;
import io.mailrouter.sqs.message.EmailMessages;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.sqs.SqsAsyncClient;
import software.amazon.awssdk.services.sqs.SqsClient;

/**
 * Drains one Amazon SQS queue through an {@link EmailService}, for as long as it runs.
 *
 * <p>A message leaves the queue when it is decided what became of it: sent, or moved to the dead-letter queue with the
 * reason, or out of date. What was surely not sent goes back to the queue and comes again later. While no provider is
 * usable, intake pauses. {@link EmailMessages} says what a message looks like.
 *
 * <p>A message whose delete is lost, or whose consumer dies after the send, comes again. A service with an idempotency
 * store then knows it by its key, or without one by its id, and it is deleted unsent; without a store it is sent again.
 *
 * <p>Safe to share between threads. The consumer runs on daemon threads of its own, up to the concurrency for sends and
 * a few more; it closes neither the service nor the client that it is given. The client must allow as many connections
 * as there are sends and pollers, and no read time-out shorter than the wait time.
 */
public final class SqsEmailConsumer implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(SqsEmailConsumer.class);

    /** Each thread's own: all senders draw for each message. */
    private static final RandomGenerator CHANCE =
            () -> ThreadLocalRandom.current().nextLong();

    private final EmailService emails;
    private final SqsCalls calls;
    private final String queueUrl;
    private final Settings settings;
    private final EmailMessages messages;
    private final List<QueueListener> listeners;
    private final MessageTracer tracer;
    private final Surroundings around;
    private final @Nullable Waiting waiting;
    private final @Nullable Sending sending;
    private @Nullable Consumption run;
    private final CompletableFuture<StopReport> report = new CompletableFuture<>();
    private int concurrency;
    private boolean starting;
    private boolean stopping;

    SqsEmailConsumer(SqsEmailConsumerBuilder b) {
        emails = b.emails;
        calls = b.calls;
        queueUrl = b.queueUrl;
        settings = b.settings();
        concurrency = settings.concurrency();
        messages = b.messages();
        listeners = List.copyOf(b.listeners);
        tracer = b.tracer;
        around = new Surroundings(InstantSource.system(), System::nanoTime, CHANCE);
        waiting = b.waiting;
        sending = b.sending;
    }

    /**
     * Returns a builder with the defaults.
     *
     * @param emails sends the emails; not closed by the consumer
     * @param client asks the queue; not closed by the consumer
     * @param queueUrl the queue's URL; of a FIFO queue each group is sent in its order, one message at a time
     * @throws IllegalArgumentException when the URL is empty
     */
    public static SqsEmailConsumerBuilder builder(EmailService emails, SqsClient client, String queueUrl) {
        return new SqsEmailConsumerBuilder(emails, SqsCalls.of(client), queueUrl);
    }

    /**
     * Returns a builder with the defaults, for an application that has the client that does not block. The consumer then
     * blocks for it, on threads of its own, and cancels none of its calls.
     *
     * @param emails sends the emails; not closed by the consumer
     * @param client asks the queue; not closed by the consumer
     * @param queueUrl the queue's URL; of a FIFO queue each group is sent in its order, one message at a time
     * @throws IllegalArgumentException when the URL is empty
     */
    public static SqsEmailConsumerBuilder builder(EmailService emails, SqsAsyncClient client, String queueUrl) {
        return new SqsEmailConsumerBuilder(emails, SqsCalls.of(client), queueUrl);
    }

    /**
     * Begins to drain the queue and returns. Blocks for two or three calls, which ask the queues about themselves.
     *
     * @throws IllegalStateException when it was started or stopped before, when the queue or the dead-letter queue
     *     that was named cannot be asked or are the same, when only one of the two is a FIFO queue, or when there is no dead-letter queue and the
     *     {@link NoDeadLetterQueue} rule does not allow that
     */
    public void start() {
        beginStart();
        try {
            run(prepared());
        } finally {
            endStart();
        }
    }

    /** The queue is asked without the monitor, so that nobody who only wants to know has to wait for its answers. */
    private synchronized void beginStart() {
        if (run != null || starting || stopping) {
            throw new IllegalStateException("consumer was started before: build another");
        }
        starting = true;
    }

    private synchronized void endStart() {
        starting = false;
    }

    private Consumption prepared() {
        QueueFacts facts = facts();
        Optional<String> deadLetterUrl =
                settings.deadLetterQueueUrl().or(() -> facts.redrive().map(redrive -> QueueFacts.url(calls, redrive)));
        check(facts, deadLetterUrl);
        SqsQueue queue = new SqsQueue(calls, queueUrl, settings);
        if (!emails.isIdempotent()) {
            log.info(
                    "Queue {}: draining without an idempotency store, so delivery is at least once: a message that"
                            + " comes again after its send is sent again",
                    queue.name());
        }
        return new Consumption(new Consumption.Parts(
                queue,
                settings,
                around,
                messages,
                sending != null ? sending : emails::trySend,
                new ServiceAvailability(emails, around.clock()),
                deadLetterUrl.map(url -> new DeadLetterQueue(calls, url)).orElse(null),
                facts,
                listeners,
                tracer,
                waiting,
                null,
                SqsThreads::new,
                Deliveries::threads,
                this::stopFor));
    }

    private void run(Consumption prepared) {
        try {
            synchronized (this) {
                if (stopping) {
                    throw new IllegalStateException("consumer was stopped while it started");
                }
                run = prepared;
                prepared.concurrency(concurrency);
                prepared.start();
            }
        } catch (RuntimeException | Error e) {
            stop();
            throw e;
        }
    }

    private QueueFacts facts() {
        try {
            return QueueFacts.read(calls, queueUrl);
        } catch (SdkException e) {
            if (QueueErrors.isForGood(e) && settings.deadLetterQueueUrl().isPresent() && !QueueErrors.isMissing(e)) {
                log.warn("The queue may not be asked about itself: its retention and redrive policy are not known");
                return QueueFacts.unknown(queueUrl);
            }
            throw new IllegalStateException("the queue cannot be asked about itself: " + QueueErrors.code(e), e);
        }
    }

    private void check(QueueFacts facts, Optional<String> deadLetterUrl) {
        if (deadLetterUrl.isEmpty()) {
            checkWithout(settings.ifNoDeadLetterQueue());
        }
        settings.deadLetterQueueUrl().ifPresent(url -> checkNamed(url, facts));
        if (deadLetterUrl.isPresent() && SqsQueue.isFifo(deadLetterUrl.get()) != SqsQueue.isFifo(queueUrl)) {
            throw new IllegalStateException(
                    "the RedrivePolicy names a queue of another kind: the dead-letter queue of a"
                            + " FIFO queue must be a FIFO queue, and that of a standard queue a standard queue");
        }
        int needed = 2 * settings.policy().maxAttempts();
        facts.redrive()
                .filter(redrive -> redrive.maxReceiveCount() < needed)
                .ifPresent(redrive -> log.warn(
                        "The queue's maxReceiveCount is {}: with less than {} (twice maxAttempts) the queue may"
                                + " dead-letter messages by itself, without a reason, that could still be sent",
                        redrive.maxReceiveCount(),
                        needed));
    }

    private void checkWithout(NoDeadLetterQueue rule) {
        if (rule == NoDeadLetterQueue.FAIL) {
            throw new IllegalStateException("the queue has no dead-letter queue: give it a RedrivePolicy, name one with"
                    + " deadLetterQueue(url), or say with ifNoDeadLetterQueue(...) what to do without");
        }
        Policy policy = settings.policy();
        boolean mayResend = policy.onUnknown() == Handling.DEAD_LETTER || policy.onRejected() == Handling.DEAD_LETTER;
        if (rule == NoDeadLetterQueue.KEEP && mayResend) {
            throw new IllegalStateException(
                    "the queue has no dead-letter queue, and ifNoDeadLetterQueue(KEEP) would send emails again that"
                            + " were sent, perhaps or to some recipients: it needs onUnknown(DELETE) and"
                            + " onRejected(DELETE)");
        }
    }

    private void checkNamed(String url, QueueFacts source) {
        try {
            if (QueueFacts.read(calls, url).arn().equals(source.arn())) {
                throw new IllegalStateException("deadLetterQueue is the queue that is drained: name another");
            }
        } catch (SdkException e) {
            if (!QueueErrors.isForGood(e) || QueueErrors.isMissing(e)) {
                throw new IllegalStateException(
                        "deadLetterQueue cannot be asked about itself: " + QueueErrors.code(e), e);
            }
            log.warn("The dead-letter queue may not be asked about itself: whether it is there is not known");
        }
    }

    /** Called on a thread that the stop has to wait for, so it only sets the stop going. */
    private void stopFor(String why) {
        log.error("The consumer stops: {}", why);
        try {
            new SqsThreads("stop").newThread(this::stop).start();
        } catch (Throwable noThread) {
            log.error("The consumer takes no more messages; what it holds ends when stop() is called", noThread);
        }
    }

    /**
     * Stops: takes no more messages, gives back those whose send has not begun, waits for the sends under way as long
     * as the stop time-out allows, and deletes what is done. Sends that take longer are interrupted.
     *
     * <p>Blocks until the poll under way has ended as well, so up to the wait time even when idle, and at most a few
     * seconds longer than the stop time-out and the wait time together. An interrupt of the calling thread shortens
     * nothing; its flag is set again at the end. May be called more than once and by several threads, such as a shutdown
     * hook: all get the same report.
     */
    public StopReport stop() {
        Optional<Consumption> ours = beginStop();
        ours.ifPresent(consumption -> {
            try {
                report.complete(consumption.stop());
            } catch (RuntimeException | Error defect) {
                report.completeExceptionally(defect);
            }
        });
        return report.join();
    }

    /** Returns what is to be stopped, to the first caller only. */
    private synchronized Optional<Consumption> beginStop() {
        boolean first = !stopping;
        stopping = true;
        if (first && run == null) {
            report.complete(new StopReport(0, 0, 0));
        }
        return first ? Optional.ofNullable(run) : Optional.empty();
    }

    /** Stops, as {@link #stop()} does. */
    @Override
    public void close() {
        stop();
    }

    /**
     * Sets how many emails are sent at a time from now on, as {@link SqsEmailConsumerBuilder#concurrency} does; how many
     * messages are held follows. Sends under way go on, so fewer take effect as they end. Does not block.
     *
     * @throws IllegalArgumentException when it is out of the range, 1 to 1000
     */
    public synchronized void concurrency(int sends) {
        concurrency = Settings.within("concurrency", sends, 1, 1_000);
        if (run != null) {
            run.concurrency(sends);
        }
    }

    /** Says whether it was started and has not been told to stop, by its owner or by a defect. */
    public synchronized boolean isRunning() {
        return run != null && !stopping && !run.hasFailed();
    }

    /** Returns the counts since the start; answers from memory. */
    public synchronized ConsumerStats stats() {
        return run == null
                ? new ConsumerStats(0, 0, 0, 0, 0, 0, 0, 0, 0, concurrency, 0, false, false, Duration.ZERO)
                : run.stats();
    }

    /**
     * Returns for how long polls have found nothing while no message was held, or nothing while there is work. Messages
     * that wait in the queue for their delay to end do not count here; {@link #awaitDrained} counts them.
     */
    public Optional<Duration> idleFor() {
        return started().flatMap(Consumption::idleFor);
    }

    /**
     * Waits until the queue is empty: polls have found nothing for one wait time, no message is held, and the queue
     * counts none that is visible, handed out or delayed.
     *
     * @param atMost how long to wait
     * @return whether it is empty; false also when the consumer stops or the thread is interrupted, which keeps its flag
     */
    public boolean awaitDrained(Duration atMost) {
        long end = around.nanos() + atMost.toNanos();
        Optional<Consumption> ours = started();
        while (ours.isPresent() && !Thread.currentThread().isInterrupted()) {
            if (ours.get().awaitStopSignal(Duration.ZERO)) {
                return false;
            }
            try {
                if (ours.get().isDrained()) {
                    return true;
                }
            } catch (SdkException e) {
                log.debug("The queue could not be asked for its size", e);
            }
            Duration left = Duration.ofNanos(end - around.nanos());
            Duration step = left.compareTo(Duration.ofMillis(200)) < 0 ? left : Duration.ofMillis(200);
            if (left.isNegative() || ours.get().awaitStopSignal(step)) {
                return false;
            }
        }
        return false;
    }

    private synchronized Optional<Consumption> started() {
        return Optional.ofNullable(run);
    }
}
