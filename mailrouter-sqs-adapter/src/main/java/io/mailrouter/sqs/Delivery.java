package io.mailrouter.sqs;

import io.mailrouter.EmailServiceClosedException;
import io.mailrouter.SendResult;
import io.mailrouter.email.Email;
import io.mailrouter.sqs.message.EmailMessages;
import io.mailrouter.sqs.message.MalformedMessageException;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;

/** One message's way: read it, send it, decide, act. Whatever happens, the message ends or goes back. */
final class Delivery implements Runnable {

    /** The message attribute that names the idempotency key where the body does not; without both, the id does. */
    static final String KEY_ATTRIBUTE = "mailrouter.idempotency-key";

    private static final Logger log = LoggerFactory.getLogger(SqsEmailConsumer.class);

    private final Lease lease;
    private final Workplace at;

    /** What all deliveries of a consumer share. */
    record Workplace(
            String queueName,
            EmailMessages messages,
            Sending sending,
            Policy policy,
            Duration retention,
            DeadLettering deadLetters,
            DeleteBatcher deletes,
            LeaseKeeper keeper,
            Intake intake,
            Surroundings around) {}

    /** A decision and what it rests on. */
    private record Decision(Disposition disposition, Optional<SendResult> result, String key, Sign sign) {}

    Delivery(Lease lease, Workplace at) {
        this.lease = lease;
        this.at = at;
    }

    Lease lease() {
        return lease;
    }

    @Override
    public void run() {
        Optional<String> notNow = at.intake().notNow(lease);
        if (notNow.isPresent()) {
            release(notNow.get());
            return;
        }
        if (!lease.start()) {
            at.intake().ended(lease, Sign.UNCLEAR);
            return;
        }
        Decision decision = decide();
        // A provider may leave the flag set; the SDK would then refuse the calls that follow.
        boolean interrupted = Thread.interrupted();
        guarded(() -> at.intake().ended(lease, decision.sign));
        if (!guarded(() -> act(decision))) {
            // To give it back now might send it again at once: it is let go, and comes again when its visibility ends.
            at.deletes().lose(lease);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Gives the message back unstarted, to be handed out at once. Returns whether it had not begun. */
    boolean release(String code) {
        boolean released = lease.release();
        if (released) {
            at.keeper().giveBack(lease, Duration.ZERO, code);
        }
        return released;
    }

    /** Returns whether the step came to its end. */
    private boolean guarded(Runnable step) {
        try {
            step.run();
            return true;
        } catch (Throwable defect) {
            noteDefect(defect);
            return false;
        }
    }

    private void noteDefect(Throwable defect) {
        log.warn(
                "Queue {}: message {} met a {}",
                at.queueName(),
                lease.id(),
                defect.getClass().getSimpleName());
        log.debug("Defect", defect);
        at.intake().met(defect);
    }

    private Decision decide() {
        String key = attributeKey();
        try {
            return send(at.messages().read(lease.message().body(), key));
        } catch (MalformedMessageException e) {
            return new Decision(Dispositions.malformed(e, at.policy()), Optional.empty(), "", Sign.NOTHING);
        } catch (Throwable defect) {
            noteDefect(defect);
            Disposition later = Dispositions.defect(defect, context(false), at.policy());
            return new Decision(later, Optional.empty(), key, Sign.UNCLEAR);
        }
    }

    private Decision send(Email email) {
        SendResult result;
        try {
            result = at.sending().trySend(email);
        } catch (EmailServiceClosedException closed) {
            at.intake().serviceIsClosed();
            Disposition back = new Disposition.Return(Duration.ZERO, "service_closed", false);
            return new Decision(back, Optional.empty(), email.idempotencyKey(), Sign.UNCLEAR);
        }
        // The providers' states count for what was not sent only; nothing that they throw may undo a send.
        boolean outage = result instanceof SendResult.NotSent && at.intake().inOutage();
        Disposition disposition = Dispositions.decide(result, context(outage), at.policy());
        return new Decision(disposition, Optional.of(result), email.idempotencyKey(), Sign.of(result, disposition));
    }

    /** A message without a key of its own gets one from its id, so that its redelivery is known for what it is. */
    private String attributeKey() {
        MessageAttributeValue value = lease.message().messageAttributes().get(KEY_ATTRIBUTE);
        return value == null
                        || value.stringValue() == null
                        || value.stringValue().isEmpty()
                ? at.queueName() + '/' + lease.id()
                : value.stringValue();
    }

    private MessageContext context(boolean outage) {
        return new MessageContext(
                lease.receiveCount(),
                lease.receivedAt(),
                lease.sentAt().plus(at.retention()),
                at.around().now(),
                at.around().random().nextDouble(),
                outage);
    }

    private void act(Decision decision) {
        if (decision.disposition instanceof Disposition.Delete delete) {
            at.deletes().add(lease, new QueueEvent.Deleted(at.queueName(), lease.id(), delete.code()));
        } else if (decision.disposition instanceof Disposition.DeadLetter why) {
            bury(why, decision);
        } else if (decision.disposition instanceof Disposition.Return back) {
            giveBack(back.delay(), back.code());
        }
    }

    private void bury(Disposition.DeadLetter why, Decision decision) {
        switch (at.deadLetters().take(lease, why, decision.result, decision.key)) {
            case DELETE ->
                at.deletes()
                        .add(
                                lease,
                                new QueueEvent.DeadLettered(
                                        at.queueName(), lease.id(), lease.receiveCount(), why.reason(), why.code()));
            case DROP -> at.deletes().add(lease, new QueueEvent.Deleted(at.queueName(), lease.id(), why.reason()));
            case RETURN -> giveBack(notDeadLettered(why), "not_dead_lettered");
        }
    }

    private Duration notDeadLettered(Disposition.DeadLetter why) {
        if (!why.mayHaveBeenSent()) {
            return Dispositions.backoff(context(false), at.policy());
        }
        Duration hidden = Dispositions.longest(context(false));
        log.error(
                "Queue {}: message {} is {} and could not be dead-lettered; it is hidden for {}, and then sent again",
                at.queueName(),
                lease.id(),
                why.reason(),
                hidden);
        return hidden;
    }

    private void giveBack(Duration delay, String code) {
        lease.giveBack();
        at.keeper().giveBack(lease, delay, code);
    }
}
