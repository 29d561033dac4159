package io.mailrouter.sqs;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.events.SQSBatchResponse;
import com.amazonaws.services.lambda.runtime.events.SQSEvent;
import io.mailrouter.EmailService;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.sqs.SqsClient;

/**
 * Sends the emails that an Amazon SQS queue hands to an AWS Lambda function, and tells Lambda which of them failed.
 *
 * <p>What becomes of a message is decided as {@link SqsEmailConsumer} decides it. A message that is sent, out of date or
 * dead-lettered is no failure, and Lambda deletes it; any other is returned as failed and comes again. The event source
 * mapping needs {@code ReportBatchItemFailures}, or Lambda takes every batch for done. The queue's visibility time-out
 * is to be six times the function's time-out, and {@code MaximumConcurrency} what the providers' rates allow.
 *
 * <p>A message begins only while more time is left than 2 s and the service's {@linkplain EmailService#deadline()
 * deadline}; those that have not begun are returned as failed, so the function's time-out must leave room for more than
 * that. A message that is still under way 2 s before the end is returned as failed as well. Its thread goes on until
 * Lambda freezes it; with an idempotency store the record of its key then says what came of it, and without one it may
 * be sent again when the message comes again.
 *
 * <p>On a FIFO queue the messages of a group go one after the other; when one fails, those after it are returned as
 * failed, unsent. On any other queue messages go side by side. When the service takes nothing, those that have not begun
 * are returned as failed at once.
 *
 * <p>With an {@link SqsClient} a message that failed is hidden for as long as it is to wait, and one that is not to be
 * tried again moves to the dead-letter queue. Without, or without the permissions {@code sqs:GetQueueUrl}, {@code
 * sqs:GetQueueAttributes}, {@code sqs:ChangeMessageVisibility} and {@code sqs:SendMessage}, both are failures like any
 * other.
 *
 * <p>Safe to share between threads. Nothing is kept from one invocation to the next but the queue's URL and its
 * dead-letter queue. It sends on daemon threads of its own, which end by themselves, and closes neither the service nor
 * the client that it is given.
 */
public final class SqsEmailLambdaHandler implements RequestHandler<SQSEvent, SQSBatchResponse> {

    private static final Logger log = LoggerFactory.getLogger(SqsEmailLambdaHandler.class);
    private static final Duration MARGIN = Duration.ofSeconds(2);
    private static final Duration NO_LIMIT = Duration.ofHours(1);
    private static final long IDLE_SECONDS = 10;

    private final LambdaWorkplace workplace;
    private final Map<String, LambdaQueue> queues = new ConcurrentHashMap<>();
    private final @Nullable SqsClient client;
    private final Optional<String> deadLetterQueueUrl;
    private final Optional<InvocationMetrics> metrics;
    private final Consumer<String> out;
    private final Surroundings around;
    private final Events events;
    private final Seldom seldom;

    SqsEmailLambdaHandler(SqsEmailLambdaHandlerBuilder b) {
        // A snapshot of the JVM that is restored many times must not make each of them draw the same numbers.
        around = new Surroundings(InstantSource.system(), System::nanoTime, new SecureRandom());
        events = new Events(b.listeners, around);
        seldom = new Seldom(around);
        client = b.client;
        deadLetterQueueUrl = b.deadLetterQueueUrl;
        metrics = b.namespace.map(InvocationMetrics::new);
        out = b.out;
        workplace = new LambdaWorkplace(
                b.concurrency,
                b.emails.deadline(),
                b.policy(),
                b.requireExplicitKey,
                b.messages(),
                b.sending != null ? b.sending : b.emails::trySend,
                new ServiceAvailability(b.emails, around.clock()),
                this::queue,
                threads(),
                events,
                around);
    }

    /** As many threads as messages are under way: a send that outlives its invocation takes none from the next. */
    private static ThreadPoolExecutor threads() {
        return new ThreadPoolExecutor(
                0,
                Integer.MAX_VALUE,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                new SqsThreads("lambda"));
    }

    private LambdaQueue queue(String arn) {
        return queues.computeIfAbsent(
                arn,
                name -> new LambdaQueue(name, client == null ? null : SqsCalls.of(client), deadLetterQueueUrl, events));
    }

    /**
     * Returns a builder with the defaults.
     *
     * @param emails sends the emails; not closed by the handler
     */
    public static SqsEmailLambdaHandlerBuilder builder(EmailService emails) {
        return new SqsEmailLambdaHandlerBuilder(emails);
    }

    /**
     * Sends the emails of one batch. Blocks until they are sent or the function's time is nearly over.
     *
     * <p>Throws nothing and names no message that the event did not, for either would fail the whole batch; only a batch
     * whose messages cannot even be named fails so. An event without messages is answered with no failure.
     */
    @Override
    public SQSBatchResponse handleRequest(@Nullable SQSEvent event, @Nullable Context context) {
        long start = around.nanos();
        // Nothing catches what a JVM without memory throws here: an answer that names no message would delete them all.
        List<SQSEvent.SQSMessage> records = LambdaRecords.of(event);
        LambdaBatch.Answer answer;
        try {
            LambdaBatch batch = new LambdaBatch(records, around.now());
            events.tell(new QueueEvent.Received(queueName(records), batch.size()));
            answer = invocation(batch, context).run();
        } catch (Throwable defect) {
            log.error("A batch could not be looked at: {}", defect.getClass().getSimpleName());
            return LambdaBatch.allFailed(records);
        }
        tell(records, answer, Duration.ofNanos(around.nanos() - start));
        return answer.response();
    }

    private Invocation invocation(LambdaBatch batch, @Nullable Context context) {
        if (context == null) {
            return new Invocation(workplace, batch, () -> NO_LIMIT);
        }
        Invocation invocation = new Invocation(
                workplace,
                batch,
                () -> Duration.ofMillis(context.getRemainingTimeInMillis()).minus(MARGIN));
        warnIfTooShort(Duration.ofMillis(context.getRemainingTimeInMillis()));
        return invocation;
    }

    private void warnIfTooShort(Duration time) {
        Duration needed = workplace.timeOfASend().plus(MARGIN);
        if (time.compareTo(needed) <= 0) {
            seldom.run(
                    "time-out",
                    times -> log.error(
                            "The function has {} left and a send needs more than {}: nothing is sent. Give the function a"
                                    + " longer time-out, or the service a shorter deadline ({} times lately)",
                            time,
                            needed,
                            times));
        }
    }

    /** Whatever fails here, the answer stands. */
    private void tell(List<SQSEvent.SQSMessage> records, LambdaBatch.Answer answer, Duration elapsed) {
        try {
            metrics.ifPresent(m -> out.accept(m.line(queueName(records), answer, elapsed, around.now())));
        } catch (Throwable defect) {
            seldom.run(
                    "metrics",
                    times -> log.warn(
                            "Metrics could not be written: {} ({} times lately)",
                            defect.getClass().getSimpleName(),
                            times));
        }
    }

    private String queueName(List<SQSEvent.SQSMessage> records) {
        return queue(records.isEmpty() ? "" : LambdaRecords.text(records.get(0).getEventSourceArn()))
                .name();
    }
}
