package io.mailrouter.sqs;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One invocation: the threads that work on its batch, and the moment at which Lambda has to have the answer. */
final class Invocation {

    private static final Logger log = LoggerFactory.getLogger(SqsEmailLambdaHandler.class);

    /** What is kept of the time for the answer itself. */
    private static final Duration LAST_SECOND = Duration.ofSeconds(1);

    private static final long LONGEST_WAIT_MILLIS = 100;

    private final LambdaWorkplace at;
    private final LambdaBatch batch;
    private final Supplier<Duration> timeLeft;
    private final LambdaDelivery delivery;
    private final Queue<LambdaBatch.Lane> lanes;
    private final CountDownLatch lanesLeft;

    /**
     * Begins nothing yet.
     *
     * @param timeLeft how long messages may still be worked on
     */
    Invocation(LambdaWorkplace at, LambdaBatch batch, Supplier<Duration> timeLeft) {
        this.at = at;
        this.batch = batch;
        this.timeLeft = timeLeft;
        InvocationIntake intake = new InvocationIntake(at.availability(), timeLeft, at.timeOfASend());
        delivery = new LambdaDelivery(at, batch, intake, timeLeft);
        lanes = new ConcurrentLinkedQueue<>(batch.lanes());
        lanesLeft = new CountDownLatch(batch.lanes().size());
    }

    /** Works on the batch until it is done or the time is over. Throws nothing. */
    LambdaBatch.Answer run() {
        try {
            if (startWorkers() > 0) {
                await(lanesLeft, timeLeft);
                delay(delivery.delays());
            }
        } catch (Throwable defect) {
            log.warn("An invocation met a {}", defect.getClass().getSimpleName());
        }
        delivery.answered();
        return batch.answer();
    }

    private int startWorkers() {
        int wanted = Math.min(at.concurrency(), batch.lanes().size());
        for (int started = 0; started < wanted; started++) {
            try {
                at.threads().execute(this::work);
            } catch (Throwable noThread) {
                log.warn("Only {} of {} threads could be started", started, wanted);
                return started;
            }
        }
        return wanted;
    }

    private void work() {
        for (LambdaBatch.Lane lane = lanes.poll(); lane != null; lane = lanes.poll()) {
            try {
                delivery.run(lane);
            } catch (Throwable defect) {
                log.warn("A message met a {}", defect.getClass().getSimpleName());
            } finally {
                lanesLeft.countDown();
            }
        }
    }

    /** On a thread of its own, for no call to the queue may cost the answer. */
    private void delay(Map<LambdaBatch.Item, Duration> delays) {
        if (delays.isEmpty()) {
            return;
        }
        Map<String, Map<ReceivedMessage, Duration>> byQueue = new HashMap<>();
        delays.forEach((item, delay) ->
                byQueue.computeIfAbsent(item.queueArn(), arn -> new HashMap<>()).put(item.message(), delay));
        CountDownLatch done = new CountDownLatch(1);
        at.threads().execute(() -> {
            try {
                byQueue.forEach((arn, some) -> at.queues().apply(arn).delay(some, this::timeToAnswer));
            } finally {
                done.countDown();
            }
        });
        await(done, this::timeToAnswer);
    }

    private Duration timeToAnswer() {
        return timeLeft.get().plus(LAST_SECOND);
    }

    /** Asks for the time that is left again and again, for Lambda's clock decides and not ours. */
    private static void await(CountDownLatch latch, Supplier<Duration> atMost) {
        try {
            for (long left = millis(atMost); left > 0; left = millis(atMost)) {
                if (latch.await(Math.min(left, LONGEST_WAIT_MILLIS), TimeUnit.MILLISECONDS)) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static long millis(Supplier<Duration> time) {
        return time.get().toMillis();
    }
}
