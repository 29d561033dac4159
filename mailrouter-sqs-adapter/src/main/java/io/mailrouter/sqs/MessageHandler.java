package io.mailrouter.sqs;

import io.mailrouter.EmailServiceClosedException;
import io.mailrouter.SendResult;
import io.mailrouter.email.Email;
import io.mailrouter.sqs.message.EmailMessages;
import io.mailrouter.sqs.message.MalformedMessageException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads a message, sends its email and decides what becomes of it: what both entry points have in common. */
final class MessageHandler {

    /** The message attribute that names the idempotency key where the body does not; {@link MessageKey} says which it is without. */
    static final String KEY_ATTRIBUTE = "mailrouter.idempotency-key";

    private static final Logger log = LoggerFactory.getLogger(SqsEmailConsumer.class);

    private final Parts parts;

    /**
     * What handling a message needs.
     *
     * @param keys which key a message has that names none in its body
     * @param retention how long the queue keeps a message
     * @param inOutage whether the service takes nothing now; asked after an email that was not sent
     * @param defects hears what must not happen
     */
    record Parts(
            String queueName,
            MessageKey.Rule keys,
            EmailMessages messages,
            Sending sending,
            Policy policy,
            Duration retention,
            BooleanSupplier inOutage,
            Consumer<Throwable> defects,
            Surroundings around) {}

    /**
     * What became of a message.
     *
     * @param result what came of its email, if there was one to send
     * @param key the idempotency key that it was sent under, empty where none could be read
     * @param serviceClosed whether nothing can be sent any more
     */
    record Handled(Disposition disposition, Optional<SendResult> result, String key, Sign sign, boolean serviceClosed) {

        static Handled unsent(Disposition disposition, String key, Sign sign) {
            return new Handled(disposition, Optional.empty(), key, sign, false);
        }
    }

    MessageHandler(Parts parts) {
        this.parts = parts;
    }

    /** Sends what the message holds. Blocks as long as the send does; throws nothing. */
    Handled handle(ReceivedMessage message) {
        return handle(message, 0);
    }

    /**
     * Sends what the message holds. Blocks as long as the send does; throws nothing.
     *
     * @param retries how often it was tried before since the queue handed it out this time
     */
    Handled handle(ReceivedMessage message, int retries) {
        String key = "";
        try {
            key = parts.keys().keyIfAbsent(message);
            Email email = parts.messages().read(message.message().body(), key);
            if (email.idempotencyKey().isEmpty()) {
                return Handled.unsent(Dispositions.keyMissing(parts.policy()), "", Sign.NOTHING);
            }
            return send(message, email, retries);
        } catch (MalformedMessageException e) {
            return Handled.unsent(Dispositions.malformed(e, parts.policy()), "", Sign.NOTHING);
        } catch (Throwable defect) {
            noteDefect(message, defect);
            return Handled.unsent(
                    Dispositions.defect(defect, context(message, retries, false), parts.policy()), key, Sign.UNCLEAR);
        }
    }

    private Handled send(ReceivedMessage message, Email email, int retries) {
        SendResult result;
        try {
            result = parts.sending().trySend(email);
        } catch (EmailServiceClosedException closed) {
            Disposition back = new Disposition.Return(Duration.ZERO, "service_closed", false);
            return new Handled(back, Optional.empty(), email.idempotencyKey(), Sign.UNCLEAR, true);
        }
        // The providers' states count for what was not sent only; nothing that they throw may undo a send.
        boolean outage =
                result instanceof SendResult.NotSent && parts.inOutage().getAsBoolean();
        MessageContext context =
                context(message, retries, outage).counting(result.trail().claims());
        Disposition disposition = Dispositions.decide(result, context, parts.policy());
        return new Handled(
                disposition, Optional.of(result), email.idempotencyKey(), Sign.of(result, disposition), false);
    }

    /** What a decision about the message may depend on, now. */
    MessageContext context(ReceivedMessage message, int retries, boolean outage) {
        return new MessageContext(
                message.receiveCount(),
                retries,
                message.receivedAt(),
                message.sentAt().plus(parts.retention()),
                parts.around().now(),
                parts.around().random().nextDouble(),
                outage);
    }

    /** Notes something that must not happen. */
    void noteDefect(ReceivedMessage message, Throwable defect) {
        log.warn(
                "Queue {}: message {} met a {}",
                parts.queueName(),
                message.id(),
                defect.getClass().getSimpleName());
        log.debug("Defect", defect);
        parts.defects().accept(defect);
    }
}
