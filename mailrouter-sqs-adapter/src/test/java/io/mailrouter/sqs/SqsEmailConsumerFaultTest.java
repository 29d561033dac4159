package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

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
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.BatchResultErrorEntry;
import software.amazon.awssdk.services.sqs.model.ChangeMessageVisibilityBatchRequest;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequest;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchResponse;
import software.amazon.awssdk.services.sqs.model.ReceiveMessageRequest;
import software.amazon.awssdk.services.sqs.model.SendMessageRequest;
import software.amazon.awssdk.services.sqs.model.SqsException;

/** The queue service misbehaves, over the real wire. */
@Execution(ExecutionMode.CONCURRENT)
class SqsEmailConsumerFaultTest {

    @RegisterExtension
    static final LocalSqs SQS = new LocalSqs();

    private static final Duration LONG = Duration.ofSeconds(90);

    private final Faults faults = new Faults();
    private final SqsClient client = SQS.client(faults);
    private final SqsClient observer = SQS.client();
    private final LocalSqs.Queues queues = SQS.queues(observer, 100);
    private final Queue<QueueEvent> events = new ConcurrentLinkedQueue<>();
    private final FakeProvider provider = FakeProvider.accepting();
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
    }

    private SqsEmailConsumer consumer(UnaryOperator<SqsEmailConsumerBuilder> change, FakeProvider by, String url) {
        EmailService emails = EmailService.builder().provider(by).build();
        SqsEmailConsumer consumer = change.apply(SqsEmailConsumer.builder(emails, client, url)
                        .waitTime(Duration.ofSeconds(1))
                        .backoffBase(Duration.ofSeconds(1))
                        .backoffMax(Duration.ofSeconds(1))
                        .listener(events::add))
                .build();
        open.add(0, emails);
        open.add(0, consumer);
        return consumer;
    }

    private SqsEmailConsumer consumer(UnaryOperator<SqsEmailConsumerBuilder> change) {
        return consumer(change, provider, queues.url());
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

    private static RuntimeException broken() {
        return SdkClientException.create("connection reset");
    }

    private void failFirst(int times, Class<?> requests) {
        AtomicInteger count = new AtomicInteger();
        faults.failing(request -> requests.isInstance(request) && count.incrementAndGet() <= times
                ? Optional.of(broken())
                : Optional.empty());
    }

    @Test
    @DisplayName("Q7 a delete that fails is tried again, and nothing is sent twice")
    void aFailedDeleteIsTriedAgain() {
        fill(25);
        failFirst(6, DeleteMessageBatchRequest.class);
        SqsEmailConsumer consumer = consumer(c -> c);

        consumer.start();

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        assertThat(provider.sent()).hasSize(25).doesNotHaveDuplicates();
        assertThat(events(QueueEvent.Deleted.class)).hasSize(25);
        assertThat(events(QueueEvent.DeleteLost.class)).isEmpty();
    }

    @Test
    @DisplayName("Q7 of a batch only the failed entries are tried again; a refused handle is told and let go")
    void onlyFailedEntriesAreDeletedAgain() {
        fill(10);
        AtomicBoolean firstRequest = new AtomicBoolean(true);
        AtomicBoolean firstAnswer = new AtomicBoolean(true);
        faults.changing(request -> request instanceof DeleteMessageBatchRequest batch && firstRequest.getAndSet(false)
                ? batch.toBuilder().entries(batch.entries().subList(2, 10)).build()
                : request);
        faults.answering(response -> response instanceof DeleteMessageBatchResponse && firstAnswer.getAndSet(false)
                ? DeleteMessageBatchResponse.builder()
                        .failed(failed("0", false), failed("1", true))
                        .build()
                : response);
        SqsEmailConsumer consumer = consumer(c -> c.concurrency(10).prefetch(0).deleteLinger(Duration.ofSeconds(1)));

        consumer.start();

        await().atMost(LONG).until(() -> consumer.stats().deleted() == 9);
        assertThat(events(QueueEvent.DeleteLost.class)).hasSize(1);
        assertThat(faults.requests(DeleteMessageBatchRequest.class))
                .extracting(request -> request.entries().size())
                .containsExactly(10, 1);
        await().atMost(LONG).until(() -> consumer.stats().owned() == 0);
        assertThat(LocalSqs.size(observer, queues.url())).isEqualTo(1);
    }

    private static BatchResultErrorEntry failed(String id, boolean senderFault) {
        return BatchResultErrorEntry.builder()
                .id(id)
                .senderFault(senderFault)
                .code("x")
                .build();
    }

    @Test
    @DisplayName("Q10 a queue that cannot be asked is asked ever more seldom, and health shows it")
    void failedPollsBackOff() {
        fill(3);
        Queue<Duration> pauses = new ConcurrentLinkedQueue<>();
        failFirst(6, ReceiveMessageRequest.class);
        CountDownLatch seen = new CountDownLatch(1);
        SqsEmailConsumer consumer = consumer(c -> c.waiting(time -> {
            pauses.add(time);
            if (pauses.size() == 6) {
                SqsEmailConsumerTest.awaitLatch(seen);
            }
        }));

        consumer.start();
        await().atMost(LONG).until(() -> pauses.size() == 6);
        assertThat(consumer.stats().failing()).isTrue();
        seen.countDown();

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        assertThat(provider.sent()).hasSize(3);
        assertThat(consumer.stats()).returns(false, ConsumerStats::failing).returns(6L, ConsumerStats::pollFailures);
        assertThat(pauses).hasSize(6);
        assertThat(List.copyOf(pauses).get(0)).isBetween(Duration.ofMillis(500), Duration.ofSeconds(1));
        assertThat(List.copyOf(pauses).get(5)).isBetween(Duration.ofSeconds(15), Duration.ofSeconds(30));
        assertThat(events(QueueEvent.PollFailed.class))
                .extracting(QueueEvent.PollFailed::code)
                .containsOnly("SdkClientException");
    }

    @Test
    @DisplayName("Q10 no hot loop while the queue is down")
    void aDeadQueueCausesNoHotLoop() {
        faults.failing(request -> request instanceof ReceiveMessageRequest ? Optional.of(broken()) : Optional.empty());
        SqsEmailConsumer consumer = consumer(c -> c);
        long start = System.nanoTime();

        consumer.start();
        await().atMost(LONG)
                .until(() -> System.nanoTime() - start > Duration.ofSeconds(3).toNanos()
                        && faults.requests(ReceiveMessageRequest.class).size() >= 2);

        // The sixth comes 15.5 s after the first at the earliest.
        assertThat(faults.requests(ReceiveMessageRequest.class)).hasSizeBetween(2, 5);
    }

    @Test
    @DisplayName("Q10 a stop does not wait for the pause after a failed poll to end")
    void aStopDoesNotWaitForThePauseToEnd() {
        faults.failing(request -> request instanceof ReceiveMessageRequest
                ? Optional.of(SqsException.builder().statusCode(403).build())
                : Optional.empty());
        SqsEmailConsumer consumer = consumer(c -> c);
        consumer.start();
        await().atMost(LONG).until(() -> !events(QueueEvent.PollFailed.class).isEmpty());
        long stop = System.nanoTime();

        consumer.stop();

        // The pause takes 10 s.
        assertThat(Duration.ofNanos(System.nanoTime() - stop)).isLessThan(Duration.ofSeconds(9));
    }

    @Test
    @DisplayName("Q10 a missing permission is told once and asked for every 10 s")
    void aMissingPermissionIsToldOnce() {
        Queue<Duration> pauses = new ConcurrentLinkedQueue<>();
        CountDownLatch enough = new CountDownLatch(4);
        faults.failing(request -> request instanceof ReceiveMessageRequest && enough.getCount() > 0
                ? Optional.of(SqsException.builder()
                        .statusCode(403)
                        .message("arn:aws:iam::123456789012:user/x is not authorized")
                        .build())
                : Optional.empty());
        SqsEmailConsumer consumer = consumer(c -> c.waiting(time -> {
            pauses.add(time);
            enough.countDown();
        }));

        consumer.start();
        await().atMost(LONG).until(() -> enough.getCount() == 0);

        assertThat(pauses).hasSize(4).containsOnly(Duration.ofSeconds(10));
        assertThat(events(QueueEvent.PollFailed.class)).hasSize(1);
        assertThat(events.toString()).doesNotContain("123456789012");
    }

    @Test
    void aFailedDeadLetterKeepsTheMessageAndComesBack() {
        LocalSqs.fill(observer, queues.url(), List.of("junk"));
        failFirst(4, SendMessageRequest.class);
        SqsEmailConsumer consumer = consumer(c -> c);

        consumer.start();

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        assertThat(LocalSqs.take(observer, queues.deadLetters())).hasSize(1);
        assertThat(faults.requests(SendMessageRequest.class)).hasSize(5);
        assertThat(events(QueueEvent.Returned.class))
                .extracting(QueueEvent.Returned::code)
                .containsExactly("not_dead_lettered");
    }

    @Test
    void withoutADeadLetterQueueTheConsumerDoesNotStart() {
        String bare = observer.createQueue(r -> r.queueName("bare-" + System.nanoTime()))
                .queueUrl();

        assertThatThrownBy(() -> consumer(c -> c, provider, bare).start())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("no dead-letter queue")
                .hasMessageContaining("ifNoDeadLetterQueue");
        assertThatThrownBy(
                        () -> consumer(c -> c, provider, queues.url() + "-none").start())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("cannot be asked about itself");
    }

    @Test
    void withoutADeadLetterQueueMessagesAreDeletedOrKeptAsConfigured() {
        String dropping = observer.createQueue(r -> r.queueName("drop-" + System.nanoTime()))
                .queueUrl();
        String keeping = observer.createQueue(r -> r.queueName("keep-" + System.nanoTime()))
                .queueUrl();
        LocalSqs.fill(observer, dropping, List.of("junk"));
        LocalSqs.fill(observer, keeping, List.of("junk"));
        SqsEmailConsumer drops =
                consumer(c -> c.ifNoDeadLetterQueue(NoDeadLetterQueue.DELETE_AND_EVENT), provider, dropping);
        SqsEmailConsumer keeps = consumer(
                c -> c.ifNoDeadLetterQueue(NoDeadLetterQueue.KEEP)
                        .onUnknown(Handling.DELETE)
                        .onRejected(Handling.DELETE),
                provider,
                keeping);

        drops.start();
        keeps.start();

        assertThat(drops.awaitDrained(LONG)).isTrue();
        assertThat(events(QueueEvent.Deleted.class))
                .extracting(QueueEvent.Deleted::code)
                .containsExactly("malformed");
        await().atMost(LONG).until(() -> keeps.stats().returned() >= 2);
        assertThat(LocalSqs.size(observer, keeping)).isEqualTo(1);
    }

    @Test
    void aNamedDeadLetterQueueComesBeforeTheOneOfTheRedrivePolicy() {
        String own = observer.createQueue(r -> r.queueName("own-" + System.nanoTime()))
                .queueUrl();
        LocalSqs.fill(observer, queues.url(), List.of("junk"));
        SqsEmailConsumer consumer = consumer(c -> c.deadLetterQueue(own));

        consumer.start();

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        assertThat(LocalSqs.size(observer, own)).isEqualTo(1);
        assertThat(LocalSqs.size(observer, queues.deadLetters())).isZero();
    }

    @Test
    @DisplayName("Q16 a stack that overflows in one send deletes nothing, and the consumer goes on")
    void anErrorInASendDeletesNothing() {
        fill(20);
        AtomicBoolean first = new AtomicBoolean(true);
        FakeProvider sink = FakeProvider.accepting();
        EmailService emails = EmailService.builder().provider(sink).build();
        open.add(emails);
        SqsEmailConsumer consumer = consumer(c -> c.concurrency(1).prefetch(0).sending(email -> {
            if (first.getAndSet(false)) {
                throw new StackOverflowError();
            }
            return emails.trySend(email);
        }));

        consumer.start();

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        assertThat(sink.sent()).hasSize(20).doesNotHaveDuplicates();
        assertThat(events(QueueEvent.Returned.class))
                .extracting(QueueEvent.Returned::code)
                .containsExactly("defect");
    }

    @Test
    @DisplayName("Q16 a JVM out of memory deletes nothing and stops the consumer")
    void aJvmOutOfMemoryStopsTheConsumer() {
        fill(5);
        SqsEmailConsumer consumer = consumer(c -> c.sending(email -> {
            throw new OutOfMemoryError("made up");
        }));

        consumer.start();

        await().atMost(LONG)
                .until(() -> consumer.stats().pollers() == 0 && consumer.stats().owned() == 0);
        assertThat(LocalSqs.size(observer, queues.url())).isEqualTo(5);
        assertThat(events(QueueEvent.Deleted.class)).isEmpty();
    }

    @Test
    void aDefectNeverLeaksAPermit() {
        fill(60);
        AtomicInteger count = new AtomicInteger();
        EmailService emails =
                EmailService.builder().provider(FakeProvider.accepting()).build();
        open.add(emails);
        SqsEmailConsumer consumer =
                consumer(c -> c.concurrency(2).prefetch(1).maxAttempts(100).sending(email -> {
                    if (count.incrementAndGet() % 3 == 0) {
                        throw new UnsupportedOperationException("made up");
                    }
                    return emails.trySend(email);
                }));

        consumer.start();

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        assertThat(consumer.stats()).returns(60L, ConsumerStats::deleted).returns(0, ConsumerStats::owned);
        assertThat(consumer.stats().returned()).isGreaterThanOrEqualTo(20);
    }

    @Test
    @DisplayName("Q6 a lease that cannot be extended is told; the send that runs ends and is deleted if possible")
    void aLostLeaseLetsTheRunningSendEnd() {
        fill(1);
        faults.failing(request ->
                request instanceof ChangeMessageVisibilityBatchRequest ? Optional.of(broken()) : Optional.empty());
        CountDownLatch release = new CountDownLatch(1);
        FakeProvider slow = new FakeProvider("fake", email -> {
            SqsEmailConsumerTest.awaitLatch(release);
            return new Outcome.Accepted("m");
        });
        SqsEmailConsumer consumer =
                consumer(c -> c.concurrency(1).prefetch(0).visibility(Duration.ofSeconds(2)), slow, queues.url());

        consumer.start();
        await().atMost(LONG).until(() -> events(QueueEvent.LeaseLost.class).size() == 1);
        release.countDown();

        await().atMost(LONG).until(() -> events(QueueEvent.Deleted.class).size() == 1);
        assertThat(slow.asked()).isEqualTo(1);
        assertThat(consumer.stats().owned()).isZero();
    }

    @Test
    @DisplayName("Q11 what a late poll brings after stop is released at once and reported")
    void aLatePollIsReleased() {
        SqsEmailConsumer consumer = consumer(c -> c.waitTime(Duration.ofSeconds(20)));
        consumer.start();
        await().atMost(LONG)
                .until(() -> !faults.requests(ReceiveMessageRequest.class).isEmpty());

        CompletableFuture<StopReport> stopping = CompletableFuture.supplyAsync(consumer::stop, LocalSqs.THREADS);
        await().during(Duration.ofMillis(300)).until(() -> !stopping.isDone());
        fill(1);

        assertThat(stopping.join()).isEqualTo(new StopReport(0, 1, 0));
        assertThat(provider.asked()).isZero();
        assertThat(LocalSqs.take(observer, queues.url())).hasSize(1);
        assertThat(faults.requests(ReceiveMessageRequest.class)).hasSize(1);
    }

    @Test
    void theRequestsAreAsConfigured() {
        fill(40);
        SqsEmailConsumer consumer = consumer(c -> c.batchSize(3)
                .concurrency(5)
                .prefetch(4)
                .waitTime(Duration.ofSeconds(2))
                .visibility(Duration.ofSeconds(77)));

        consumer.start();

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        assertThat(faults.requests(ReceiveMessageRequest.class))
                .allMatch(request -> request.maxNumberOfMessages() <= 3
                        && request.waitTimeSeconds() == 2
                        && request.visibilityTimeout() == 77);
    }

    @Test
    void noMoreIsHeldThanConcurrencyAndPrefetchAndNoMoreSentAtATimeThanTheConcurrency() {
        fill(40);
        CountDownLatch release = new CountDownLatch(1);
        FakeProvider slow = new FakeProvider("fake", email -> {
            SqsEmailConsumerTest.awaitLatch(release);
            return new Outcome.Accepted("m");
        });
        SqsEmailConsumer consumer = consumer(c -> c.concurrency(4).prefetch(3).maxPollers(3), slow, queues.url());

        consumer.start();
        await().atMost(LONG).until(() -> consumer.stats().owned() == 7);
        await().during(Duration.ofMillis(500))
                .until(() -> consumer.stats().owned() == 7 && consumer.stats().running() == 4);
        assertThat(slow.asked()).isEqualTo(4);
        release.countDown();

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        assertThat(slow.sent()).hasSize(40).doesNotHaveDuplicates();
    }

    @Test
    void pollersGrowWithFullBatchesUpToTheirLimitAndShrinkToOne() {
        fill(300);
        CountDownLatch release = new CountDownLatch(1);
        FakeProvider slow = new FakeProvider("fake", email -> {
            SqsEmailConsumerTest.awaitLatch(release);
            return new Outcome.Accepted("m");
        });
        SqsEmailConsumer consumer = consumer(c -> c.concurrency(20).prefetch(80).maxPollers(3), slow, queues.url());

        consumer.start();
        await().atMost(LONG).until(() -> consumer.stats().pollers() == 3);
        release.countDown();

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        await().atMost(LONG).until(() -> consumer.stats().pollers() == 1);
        assertThat(slow.sent()).hasSize(300);
    }

    @Test
    void aBodyBeyondItsLimitIsMalformed() {
        fill(1);
        SqsEmailConsumer consumer = consumer(c -> c.maxBodyBytes(50));

        consumer.start();

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        assertThat(events(QueueEvent.DeadLettered.class))
                .extracting(QueueEvent.DeadLettered::code)
                .containsExactly("too_large");
    }

    @Test
    @DisplayName("T9 a listener that throws changes nothing for the messages")
    void aListenerThatThrowsChangesNothing() {
        fill(10);
        SqsEmailConsumer consumer = consumer(c -> c.listener(event -> {
            throw new IllegalStateException("made up");
        }));

        consumer.start();

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        assertThat(provider.sent()).hasSize(10).doesNotHaveDuplicates();
    }

    @Test
    void aLingeringDeleteIsSentWithinItsLinger() {
        fill(1);
        SqsEmailConsumer slow = consumer(c -> c.deleteLinger(Duration.ofSeconds(5)));
        slow.start();
        await().atMost(LONG).until(() -> provider.sent().size() == 1);

        await().during(Duration.ofSeconds(1))
                .until(() -> faults.requests(DeleteMessageBatchRequest.class).isEmpty());
        await().atMost(LONG)
                .until(() -> faults.requests(DeleteMessageBatchRequest.class).size() == 1);
    }
}
