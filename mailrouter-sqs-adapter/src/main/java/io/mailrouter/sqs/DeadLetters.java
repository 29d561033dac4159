package io.mailrouter.sqs;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.sqs.SqsClient;

/**
 * The messages of a dead-letter queue: shows them with their reasons, and brings them back.
 *
 * <p>Amazon SQS cannot be browsed. What is looked at is received, hidden from others meanwhile, and given back in the end;
 * if this process dies, it is seen again after two minutes. So a list is what was to be had at the time: it lacks what
 * somebody else holds, and in a FIFO queue what stands behind the first messages of a group. Each look counts as a receive,
 * so a dead-letter queue should have no redrive policy of its own.
 *
 * <p>Safe to share between threads. It starts no thread and does not close the client.
 */
public final class DeadLetters {

    private static final int MOST_LISTED = 10_000;
    private static final Duration LONGEST_LIST = Visit.HIDDEN.minus(Visit.MARGIN);

    private final SqsClient client;
    private final String url;
    private final Surroundings around;
    private final Waiting waiting;

    private DeadLetters(SqsClient client, String url, Surroundings around, Waiting waiting) {
        if (url.isBlank()) {
            throw new IllegalArgumentException("deadLetterQueueUrl is empty");
        }
        this.client = client;
        this.url = url;
        this.around = around;
        this.waiting = waiting;
    }

    /**
     * Returns the messages of a dead-letter queue.
     *
     * @param client asks the queue; not closed here
     * @param deadLetterQueueUrl the queue's URL
     * @throws IllegalArgumentException when the URL is empty
     */
    public static DeadLetters of(SqsClient client, String deadLetterQueueUrl) {
        Surroundings real = new Surroundings(InstantSource.system(), System::nanoTime, new Random());
        return new DeadLetters(client, deadLetterQueueUrl, real, DeadLetters::sleep);
    }

    /**
     * Returns the messages of the dead-letter queue that a queue's redrive policy names. Blocks for two calls.
     *
     * @param client asks the queues; not closed here
     * @param queueUrl the URL of the queue that is drained
     * @throws IllegalStateException when it has no redrive policy, or cannot be asked
     */
    public static DeadLetters ofQueue(SqsClient client, String queueUrl) {
        SqsCalls calls = SqsCalls.of(client);
        String name = SourceQueues.nameOf(queueUrl);
        try {
            QueueFacts.Redrive redrive = QueueFacts.read(calls, queueUrl)
                    .redrive()
                    .orElseThrow(() -> new IllegalStateException("the queue " + name + " has no RedrivePolicy"));
            return of(client, QueueFacts.url(calls, redrive));
        } catch (SdkException e) {
            throw new IllegalStateException("the queue " + name + " cannot be asked: " + QueueErrors.code(e), e);
        }
    }

    /** Returns the URL of the dead-letter queue. */
    public String queueUrl() {
        return url;
    }

    static DeadLetters of(SqsClient client, String deadLetterQueueUrl, Surroundings around, Waiting waiting) {
        return new DeadLetters(client, deadLetterQueueUrl, around, waiting);
    }

    private static void sleep(Duration time) {
        try {
            TimeUnit.NANOSECONDS.sleep(time.toNanos());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Returns dead letters, in no order, and gives them back to the queue. Blocks for a call for each ten and one second
     * more, 90 s at most. Interrupted, it returns what it has and keeps the flag.
     *
     * @param max how many at most, 1 to 10,000
     * @throws IllegalArgumentException when it is out of that range
     * @throws IllegalStateException when the queue cannot be read
     */
    public List<DeadLetter> list(int max) {
        Settings.within("max", max, 1, MOST_LISTED);
        long end = around.nanos() + LONGEST_LIST.toNanos();
        List<DeadLetter> letters = new ArrayList<>();
        try (Visit visit = new Visit(client, url, around)) {
            List<HeldLetter> some;
            do {
                some = visit.next(max - letters.size());
                some.forEach(held -> letters.add(held.letter()));
            } while (!some.isEmpty() && letters.size() < max && around.nanos() < end);
        }
        return List.copyOf(letters);
    }

    /**
     * Brings dead letters back to the queues that they come from, as {@link #redrive(Redrive)} does.
     *
     * @param filter which ones
     * @param perSecond how many a second, 0.1 to 1,000
     */
    public RedriveReport redrive(Predicate<DeadLetter> filter, double perSecond) {
        return redrive(Redrive.of(filter).rate(perSecond));
    }

    /**
     * Brings dead letters back: puts each into its queue as it was, and then deletes it here. Blocks until all are moved or
     * the plan's number is; at its rate. Interrupted, it ends early and keeps the flag.
     *
     * <p>Each keeps its idempotency key; one that had none gets the key that its first send went under. So a service with a
     * store does not send again what was sent, also when this ends between putting and deleting and the message is brought
     * back twice. For the same reason what is {@code unknown}, {@code partly_accepted} or refused by a provider comes back
     * to the dead-letter queue as long as the store remembers it: {@link Redrive#freshKeysMaySendTwice()} says more.
     *
     * <p>A queue that holds more messages than can be seen in two minutes is not seen whole when most of them are to be
     * left: those come again meanwhile.
     *
     * @throws IllegalStateException when the dead-letter queue cannot be read; what was moved by then is moved
     */
    public RedriveReport redrive(Redrive plan) {
        return new Redriving(client, url, plan, around, waiting).run();
    }
}
