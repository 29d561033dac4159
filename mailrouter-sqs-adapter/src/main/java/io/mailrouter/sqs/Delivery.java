package io.mailrouter.sqs;

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

    /** The message attribute that names the idempotency key where the body does not. */
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
            DeadLetters deadLetters,
            DeleteBatcher deletes,
            LeaseKeeper keeper,
            Intake intake,
            Surroundings around) {}

    /** A decision and what it rests on. */
    private record Decision(Disposition disposition, Optional<SendResult> result, String key) {}

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
            at.intake().ended(lease, Optional.empty());
            return;
        }
        try {
            deliver();
        } catch (RuntimeException | Error e) {
            at.intake().met(e);
            at.keeper().giveBack(lease, Duration.ofSeconds(1), "defect");
            at.intake().ended(lease, Optional.empty());
        }
    }

    private void deliver() {
        Decision decision = decide();
        // A provider may leave the flag set; the SDK would then refuse the calls that follow.
        boolean interrupted = Thread.interrupted();
        at.intake().ended(lease, Optional.of(decision.disposition));
        act(decision);
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

    private Decision decide() {
        String key = attributeKey();
        try {
            Email email = at.messages().read(lease.message().body(), key);
            return send(email);
        } catch (MalformedMessageException e) {
            return new Decision(Dispositions.malformed(e, at.policy()), Optional.empty(), "");
        } catch (Throwable defect) {
            log.warn(
                    "Queue {}: message {} met a {}; it is not deleted",
                    at.queueName(),
                    lease.id(),
                    defect.getClass().getSimpleName());
            log.debug("Defect", defect);
            at.intake().met(defect);
            return new Decision(Dispositions.defect(defect, context(), at.policy()), Optional.empty(), key);
        }
    }

    private Decision send(Email email) {
        try {
            SendResult result = at.sending().trySend(email);
            return new Decision(
                    Dispositions.decide(result, context(), at.policy()), Optional.of(result), email.idempotencyKey());
        } catch (IllegalStateException closed) {
            at.intake().serviceIsClosed();
            Disposition back = new Disposition.Return(Duration.ZERO, "service_closed", false);
            return new Decision(back, Optional.empty(), email.idempotencyKey());
        }
    }

    private String attributeKey() {
        MessageAttributeValue value = lease.message().messageAttributes().get(KEY_ATTRIBUTE);
        return value == null || value.stringValue() == null ? "" : value.stringValue();
    }

    private MessageContext context() {
        return new MessageContext(
                lease.receiveCount(),
                lease.receivedAt(),
                lease.sentAt().plus(at.retention()),
                at.around().now(),
                at.around().random().nextDouble(),
                at.intake().inOutage());
    }

    private void act(Decision decision) {
        if (decision.disposition instanceof Disposition.Delete delete) {
            at.deletes().add(lease, new QueueEvent.Deleted(at.queueName(), lease.id(), delete.code()));
        } else if (decision.disposition instanceof Disposition.DeadLetter why) {
            bury(why, decision);
        } else if (decision.disposition instanceof Disposition.Return back) {
            at.keeper().giveBack(lease, back.delay(), back.code());
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
            case RETURN ->
                at.keeper().giveBack(lease, Dispositions.backoff(context(), at.policy()), "not_dead_lettered");
        }
    }
}
