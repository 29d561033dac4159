package io.mailrouter.sqs;

import io.mailrouter.SendResult;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The way of an invocation's messages: read each, send it, decide, act. What is not done at the end has failed. */
final class LambdaDelivery {

    private static final Logger log = LoggerFactory.getLogger(SqsEmailLambdaHandler.class);

    private final LambdaWorkplace at;
    private final LambdaBatch batch;
    private final InvocationIntake intake;
    private final Supplier<Duration> timeLeft;
    private final Map<LambdaBatch.Item, Duration> delays = new ConcurrentHashMap<>();
    private final CountDownLatch answered = new CountDownLatch(1);

    LambdaDelivery(LambdaWorkplace at, LambdaBatch batch, InvocationIntake intake, Supplier<Duration> timeLeft) {
        this.at = at;
        this.batch = batch;
        this.intake = intake;
        this.timeLeft = timeLeft;
    }

    /** Works through one lane. Blocks as long as its sends do; throws nothing. */
    void run(LambdaBatch.Lane lane) {
        List<LambdaBatch.Item> items = lane.items();
        for (int i = 0; i < items.size(); i++) {
            Optional<String> notNow = intake.notNow();
            if (notNow.isPresent()) {
                leave(items.subList(i, items.size()), notNow.get());
                return;
            }
            if (!deliver(items.get(i))) {
                behind(items.get(i), items.subList(i + 1, items.size()));
                return;
            }
        }
    }

    /** Returns whether the message is not to come again. */
    private boolean deliver(LambdaBatch.Item item) {
        boolean done = false;
        try {
            LambdaQueue queue = at.queues().apply(item.queueArn());
            MessageHandler handler = handler(queue);
            ReceivedMessage message = item.message();
            at.events().tell(new QueueEvent.Started(queue.name(), message.id(), message.receiveCount()));
            // A listener may have left the flag set; the send would then not begin.
            Thread.interrupted();
            MessageHandler.Handled handled = handler.handle(message);
            // A provider may leave the flag set; the SDK would then refuse the calls that follow.
            Thread.interrupted();
            // First of all, for what is sent must not come again, whatever throws here.
            done = act(item, queue, handler, handled);
            intake.ended(handled.sign());
            if (handled.serviceClosed()) {
                intake.close("service_closed");
            }
        } catch (Throwable defect) {
            log.warn(
                    "Message {} met a {}",
                    item.message().id(),
                    defect.getClass().getSimpleName());
            intake.met(defect);
        }
        return done;
    }

    private MessageHandler handler(LambdaQueue queue) {
        return new MessageHandler(new MessageHandler.Parts(
                queue.name(),
                new MessageKey.Rule(queue.arn(), at.requireExplicitKey()),
                at.messages(),
                at.sending(),
                at.policy(),
                queue.retention(),
                intake::inOutage,
                intake::met,
                at.around()));
    }

    private boolean act(
            LambdaBatch.Item item, LambdaQueue queue, MessageHandler handler, MessageHandler.Handled handled) {
        if (handled.disposition() instanceof Disposition.Delete delete) {
            boolean accepted = delete.code().equals("accepted") || delete.code().equals("duplicate");
            batch.done(item, accepted ? LambdaBatch.Fate.ACCEPTED : LambdaBatch.Fate.DISCARDED);
            tellDone(queue.name(), item.message(), handled, delete.code());
            return true;
        }
        if (handled.disposition() instanceof Disposition.DeadLetter why) {
            return bury(item, queue, handler, handled, why);
        }
        Disposition.Return back = (Disposition.Return) handled.disposition();
        giveBack(item, queue.name(), back.delay(), back.code());
        return false;
    }

    private void tellDone(String queueName, ReceivedMessage message, MessageHandler.Handled handled, String code) {
        handled.result()
                .filter(SendResult.Accepted.class::isInstance)
                .ifPresent(result -> at.events()
                        .tell(
                                result.trail().isRepeated()
                                        ? new QueueEvent.Duplicate(queueName, message.id(), message.receiveCount())
                                        : new QueueEvent.Accepted(queueName, message.id(), message.receiveCount())));
        at.events().tell(new QueueEvent.Deleted(queueName, message.id(), code));
    }

    private boolean bury(
            LambdaBatch.Item item,
            LambdaQueue queue,
            MessageHandler handler,
            MessageHandler.Handled handled,
            Disposition.DeadLetter why) {
        if (isAnswered()) {
            // Lambda was told that it failed: it comes again, and is dead-lettered then.
            return false;
        }
        ReceivedMessage message = item.message();
        DeadLettering deadLettering = new DeadLettering(
                queue.deadLetters(),
                NoDeadLetterQueue.KEEP,
                queue.arn(),
                this::await,
                this::isAnswered,
                defect -> deadLetterFailed(queue, defect));
        if (deadLettering.take(message, why, handled, timeLeft) == DeadLettering.Next.DELETE) {
            batch.done(item, LambdaBatch.Fate.DEAD_LETTERED);
            at.events()
                    .tell(new QueueEvent.DeadLettered(
                            queue.name(), message.id(), message.receiveCount(), why.reason(), why.code()));
            return true;
        }
        giveBack(item, queue.name(), notDeadLettered(message, queue, handler, why), "not_dead_lettered");
        return false;
    }

    private void deadLetterFailed(LambdaQueue queue, Throwable defect) {
        at.events().callFailed(queue.name(), "SendMessage to the dead-letter queue", defect);
        intake.met(defect);
    }

    private Duration notDeadLettered(
            ReceivedMessage message, LambdaQueue queue, MessageHandler handler, Disposition.DeadLetter why) {
        MessageContext context = handler.context(message, 0, false);
        if (!why.mayHaveBeenSent()) {
            return Dispositions.backoff(context, at.policy());
        }
        log.error(
                "Queue {}: message {} is {} and could not be dead-lettered; it comes again",
                queue.name(),
                message.id(),
                why.reason());
        return Dispositions.longest(context);
    }

    /** Gives back what has not begun. In an outage it comes again later each time, so that its receives last. */
    private void leave(List<LambdaBatch.Item> items, String why) {
        for (LambdaBatch.Item item : items) {
            LambdaQueue queue = at.queues().apply(item.queueArn());
            Duration delay = why.equals(InvocationIntake.OUTAGE)
                    ? Dispositions.backoff(handler(queue).context(item.message(), 0, true), at.policy())
                    : Duration.ZERO;
            giveBack(item, queue.name(), delay, why);
        }
    }

    /** What comes after a failed message of its group waits with it, for the queue hands out a group's first first. */
    private void behind(LambdaBatch.Item failed, List<LambdaBatch.Item> items) {
        Duration delay = delays.getOrDefault(failed, Duration.ZERO);
        for (LambdaBatch.Item item : items) {
            giveBack(item, at.queues().apply(item.queueArn()).name(), delay, "behind_failed");
        }
    }

    /** Without a delay the queue's own visibility decides when it comes again. */
    private void giveBack(LambdaBatch.Item item, String queueName, Duration delay, String code) {
        if (!delay.isZero()) {
            delays.put(item, delay);
        }
        ReceivedMessage message = item.message();
        at.events().tell(new QueueEvent.Returned(queueName, message.id(), message.receiveCount(), delay, code));
    }

    /** Returns after how long the messages given back so far are to come again, where that matters. */
    Map<LambdaBatch.Item, Duration> delays() {
        return Map.copyOf(delays);
    }

    /** Notes that Lambda has its answer, so that nothing more is begun or done about a message. */
    void answered() {
        intake.close("answered");
        answered.countDown();
    }

    private boolean isAnswered() {
        return answered.getCount() == 0;
    }

    private void await(Duration time) {
        try {
            answered.await(time.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
