package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.mailrouter.EmailService;
import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.ChangeMessageVisibilityBatchRequest;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequest;
import software.amazon.awssdk.services.sqs.model.GetQueueAttributesRequest;
import software.amazon.awssdk.services.sqs.model.ReceiveMessageRequest;
import software.amazon.awssdk.services.sqs.model.SqsException;

/** A consumer's start and stop, and what it survives in between, over the real wire. */
@Execution(ExecutionMode.CONCURRENT)
class SqsEmailConsumerLifeTest {

    @RegisterExtension
    static final LocalSqs SQS = new LocalSqs();

    private static final Duration LONG = Duration.ofSeconds(90);

    private final Faults faults = new Faults();
    private final SqsClient client = SQS.client(faults);
    private final SqsClient observer = SQS.client();
    private final LocalSqs.Queues queues = SQS.queues(observer, 100);
    private final Queue<QueueEvent> events = new ConcurrentLinkedQueue<>();
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
    }

    private SqsEmailConsumer consumer(UnaryOperator<SqsEmailConsumerBuilder> change, FakeProvider by) {
        EmailService emails = EmailService.builder().provider(by).build();
        SqsEmailConsumer consumer = change.apply(SqsEmailConsumer.builder(emails, client, queues.url())
                        .waitTime(Duration.ofSeconds(1))
                        .backoffBase(Duration.ofSeconds(1))
                        .backoffMax(Duration.ofSeconds(1))
                        .listener(events::add))
                .build();
        open.add(0, emails);
        open.add(0, consumer);
        return consumer;
    }

    private void fill(int count) {
        LocalSqs.fill(
                observer,
                queues.url(),
                IntStream.range(0, count).mapToObj(i -> LocalSqs.body("s-" + i)).toList());
    }

    private <T extends QueueEvent> List<T> events(Class<T> type) {
        return events.stream().filter(type::isInstance).map(type::cast).toList();
    }

    @Test
    @DisplayName("Q11 a stop on an interrupted thread interrupts no send, deletes what is done, and keeps the flag")
    void aStopOnAnInterruptedThreadIsAsGentle() throws Exception {
        fill(1);
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        AtomicBoolean interrupted = new AtomicBoolean();
        FakeProvider provider = new FakeProvider("fake", email -> {
            running.countDown();
            try {
                release.await();
            } catch (InterruptedException e) {
                interrupted.set(true);
            }
            return new Outcome.Accepted("m");
        });
        SqsEmailConsumer consumer = consumer(c -> c, provider);
        consumer.start();
        running.await();
        AtomicBoolean flagKept = new AtomicBoolean();
        CompletableFuture<StopReport> report = new CompletableFuture<>();
        Thread stopping = new Thread(() -> {
            Thread.currentThread().interrupt();
            StopReport stopped = consumer.stop();
            flagKept.set(Thread.currentThread().isInterrupted());
            report.complete(stopped);
        });

        stopping.start();
        await().during(Duration.ofMillis(500)).until(() -> !report.isDone());
        stopping.interrupt();
        release.countDown();

        assertThat(report.get(90, TimeUnit.SECONDS)).isEqualTo(new StopReport(1, 0, 0));
        assertThat(interrupted).isFalse();
        assertThat(flagKept).isTrue();
        assertThat(LocalSqs.size(observer, queues.url())).isZero();
    }

    @Test
    @DisplayName("Q11 what a late poll brings is released even when the stop time-out is over by then")
    void aLatePollIsReleasedAfterTheStopTimeout() {
        SqsEmailConsumer consumer =
                consumer(c -> c.waitTime(Duration.ofSeconds(20)).stopTimeout(Duration.ZERO), FakeProvider.accepting());
        consumer.start();
        await().atMost(LONG)
                .until(() -> !faults.requests(ReceiveMessageRequest.class).isEmpty());

        CompletableFuture<StopReport> stopping = CompletableFuture.supplyAsync(consumer::stop, LocalSqs.THREADS);
        await().during(Duration.ofSeconds(3)).until(() -> !stopping.isDone());
        fill(1);

        assertThat(stopping.join()).isEqualTo(new StopReport(0, 1, 0));
        assertThat(LocalSqs.take(observer, queues.url())).hasSize(1);
    }

    @Test
    void questionsAreAnsweredFromMemoryWhileTheQueueKeepsTheStartWaiting() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        faults.failing(request -> {
            if (request instanceof GetQueueAttributesRequest) {
                asked.countDown();
                SqsEmailConsumerTest.awaitLatch(release);
            }
            return Optional.empty();
        });
        SqsEmailConsumer consumer = consumer(c -> c, FakeProvider.accepting());
        CompletableFuture<Void> starting = CompletableFuture.runAsync(consumer::start, LocalSqs.THREADS);
        assertThat(asked.await(90, TimeUnit.SECONDS)).isTrue();

        CompletableFuture<Boolean> answers = CompletableFuture.supplyAsync(
                () -> consumer.isRunning() || consumer.stats().received() > 0, LocalSqs.THREADS);

        assertThat(answers.get(90, TimeUnit.SECONDS)).isFalse();
        release.countDown();
        starting.get(90, TimeUnit.SECONDS);
        assertThat(consumer.isRunning()).isTrue();
    }

    @Test
    void aStopDuringTheStartLeavesNothingRunning() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        faults.failing(request -> {
            if (request instanceof GetQueueAttributesRequest) {
                asked.countDown();
                SqsEmailConsumerTest.awaitLatch(release);
            }
            return Optional.empty();
        });
        SqsEmailConsumer consumer = consumer(c -> c, FakeProvider.accepting());
        CompletableFuture<Void> starting = CompletableFuture.runAsync(consumer::start, LocalSqs.THREADS);
        assertThat(asked.await(90, TimeUnit.SECONDS)).isTrue();

        StopReport report =
                CompletableFuture.supplyAsync(consumer::stop, LocalSqs.THREADS).get(90, TimeUnit.SECONDS);
        release.countDown();

        assertThat(report).isEqualTo(new StopReport(0, 0, 0));
        assertThat(starting.handle((nothing, e) -> e.getCause()).get(90, TimeUnit.SECONDS))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("consumer was stopped while it started");
        assertThat(consumer.isRunning()).isFalse();
        assertThat(faults.requests(ReceiveMessageRequest.class)).isEmpty();
    }

    @Test
    @DisplayName("Q16 a consumer that met a fatal error does not say that it runs, though its stop still waits")
    void aFatalErrorIsShownAtOnce() {
        fill(2);
        AtomicInteger count = new AtomicInteger();
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        SqsEmailConsumer consumer = consumer(
                c -> c.concurrency(2).sending(email -> {
                    if (count.incrementAndGet() == 1) {
                        running.countDown();
                        SqsEmailConsumerTest.awaitLatch(release);
                        throw new UnsupportedOperationException("made up");
                    }
                    SqsEmailConsumerTest.awaitLatch(running);
                    throw new OutOfMemoryError("made up");
                }),
                FakeProvider.accepting());

        consumer.start();

        await().atMost(LONG).until(() -> !consumer.isRunning());
        release.countDown();
        assertThat(events(QueueEvent.Deleted.class)).isEmpty();
    }

    @Test
    void anIllegalStateInASendIsADefectAndNotAClosedService() {
        fill(5);
        AtomicBoolean first = new AtomicBoolean(true);
        FakeProvider sink = FakeProvider.accepting();
        EmailService emails = EmailService.builder().provider(sink).build();
        open.add(emails);
        SqsEmailConsumer consumer = consumer(
                c -> c.sending(email -> {
                    if (first.getAndSet(false)) {
                        throw new IllegalStateException("made up");
                    }
                    return emails.trySend(email);
                }),
                sink);

        consumer.start();

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        assertThat(consumer.isRunning()).isTrue();
        assertThat(sink.sent()).hasSize(5);
        assertThat(events(QueueEvent.Returned.class))
                .extracting(QueueEvent.Returned::code)
                .containsExactly("defect");
    }

    @Test
    @DisplayName("T9 a listener that throws an Error changes nothing for the messages")
    void aListenersErrorChangesNothing() {
        fill(25);
        FakeProvider provider = FakeProvider.accepting();
        SqsEmailConsumer consumer = consumer(
                c -> c.listener(event -> {
                    throw new LinkageError("made up");
                }),
                provider);

        consumer.start();

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        assertThat(provider.sent()).hasSize(25).doesNotHaveDuplicates();
        assertThat(consumer.stats().deleted()).isEqualTo(25);
    }

    @Test
    @DisplayName(
            "Q15 a provider that asks for one second is tried again after one second, not after the probe interval")
    void aShortThrottleMakesAShortPause() {
        fill(20);
        AtomicBoolean first = new AtomicBoolean(true);
        FakeProvider provider = new FakeProvider(
                "fake",
                email -> first.getAndSet(false)
                        ? new Outcome.Throttled("http_429", "", Optional.of(Duration.ofSeconds(1)))
                        : new Outcome.Accepted("m"));
        SqsEmailConsumer consumer = consumer(c -> c.probeEvery(Duration.ofMinutes(10)), provider);

        consumer.start();

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        assertThat(provider.sent()).hasSize(20).doesNotHaveDuplicates();
        assertThat(events(QueueEvent.Paused.class)).isNotEmpty();
    }

    @Test
    @DisplayName("Q10 a missing permission to delete or to change the visibility is logged by name, and no return told")
    void missingPermissionsAreNamed() {
        Logger logger = (Logger) LoggerFactory.getLogger(SqsEmailConsumer.class);
        ListAppender<ILoggingEvent> logs = new ListAppender<>();
        logs.start();
        logger.addAppender(logs);
        LocalSqs.fill(observer, queues.url(), List.of(LocalSqs.body("good"), LocalSqs.body("bad")));
        faults.failing(request ->
                request instanceof ChangeMessageVisibilityBatchRequest || request instanceof DeleteMessageBatchRequest
                        ? Optional.of(SqsException.builder()
                                .statusCode(403)
                                .message("arn:aws:iam::123456789012:user/x is not authorized")
                                .build())
                        : Optional.empty());
        FakeProvider provider = new FakeProvider(
                "fake",
                email -> email.subject().equals("good")
                        ? new Outcome.Accepted("m")
                        : new Outcome.Misconfigured("not_verified", "", Outcome.Scope.REQUEST));
        SqsEmailConsumer consumer = consumer(c -> c.stopTimeout(Duration.ofSeconds(1)), provider);

        consumer.start();

        await().atMost(LONG).until(() -> warnings(logs).contains("DeleteMessage is refused"));
        await().atMost(LONG).until(() -> warnings(logs).contains("ChangeMessageVisibility is refused"));
        await().atMost(LONG).until(() -> !events(QueueEvent.LeaseLost.class).isEmpty());
        logger.detachAppender(logs);
        assertThat(events(QueueEvent.Returned.class)).isEmpty();
        assertThat(warnings(logs)).doesNotContain("123456789012");
    }

    private static String warnings(ListAppender<ILoggingEvent> logs) {
        return List.copyOf(logs.list).stream()
                .filter(event -> event.getLevel() == Level.WARN)
                .map(ILoggingEvent::getFormattedMessage)
                .toList()
                .toString();
    }
}
