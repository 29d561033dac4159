package io.mailrouter.sqs;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A message of a dead-letter queue, with why it is there, for an operator to look at. Immutable.
 *
 * <p>It holds no body, and recipients only masked. {@link #toString()} has neither those nor the key.
 */
public final class DeadLetter {

    /** The reason of a message that the queue moved by itself, or that left no room for a note of why. */
    public static final String REDRIVE_POLICY = "redrive_policy";

    /** The reason of a message whose note of why cannot be read. */
    public static final String UNREADABLE_NOTE = "unreadable_note";

    private final String messageId;
    private final DeadLetterNoteText note;
    private final Instant sentAt;
    private final String sourceQueue;
    private final List<String> recipients;

    DeadLetter(String messageId, DeadLetterNoteText note, Instant sentAt, String sourceQueue, List<String> recipients) {
        this.messageId = messageId;
        this.note = note;
        this.sentAt = sentAt;
        this.sourceQueue = sourceQueue;
        this.recipients = List.copyOf(recipients);
    }

    /**
     * A provider that was asked, or skipped.
     *
     * @param name the provider
     * @param code the short, stable word of what it answered, or of why it was skipped
     */
    public record Tried(String name, String code) {}

    /** Returns the dead-letter queue's id for it. */
    public String messageId() {
        return messageId;
    }

    /**
     * Returns why it was dead-lettered: {@code malformed}, {@code rejected}, {@code partly_accepted}, {@code unknown},
     * {@code expired} or {@code attempts_used}; {@link #REDRIVE_POLICY} where nobody has said so.
     */
    public String reason() {
        return note.reason();
    }

    /** Returns the short, stable word of what happened last, empty where that is not known. */
    public String code() {
        return note.code();
    }

    /** Returns what happened, for an operator; empty where that is not known. */
    public String detail() {
        return note.detail();
    }

    /** Returns how often it had been received from its own queue, 0 where that is not known. */
    public int attempts() {
        return note.attempts();
    }

    /** Returns when it was first received from its own queue. */
    public Optional<Instant> firstReceived() {
        return note.firstReceived();
    }

    /** Returns the ARN of the queue that it comes from, empty where that is not known. */
    public String sourceQueue() {
        return sourceQueue;
    }

    /** Returns that queue's id for it, empty where that is not known. */
    public String sourceMessageId() {
        return note.sourceMessageId();
    }

    /** Returns the providers that were asked or skipped last, in that order. */
    public List<Tried> providers() {
        return note.providers();
    }

    /** Returns the key under which its email was to be sent once, as far as the note or the message names it. */
    public String idempotencyKey() {
        return note.idempotencyKey();
    }

    /** Returns since when it is in the queue; where the queue moved it by itself, since when it was in its own queue. */
    public Instant sentAt() {
        return sentAt;
    }

    /**
     * Returns the recipients, to, cc and bcc together, masked as {@code a***@example.org}; none where the body is no email
     * or is kept elsewhere.
     */
    public List<String> recipients() {
        return recipients;
    }

    /** Returns a filter for those of a reason, such as {@code rejected}. */
    public static Predicate<DeadLetter> hasReason(String reason) {
        return letter -> letter.reason().equals(reason);
    }

    /** Returns a filter for those of a code, such as {@code suppressed}. */
    public static Predicate<DeadLetter> hasCode(String code) {
        return letter -> letter.code().equals(code);
    }

    /** Returns a filter for those that are there since before a time. */
    public static Predicate<DeadLetter> sentBefore(Instant time) {
        return letter -> letter.sentAt().isBefore(time);
    }

    /** Returns a filter for those that come from a queue, by its name or ARN. */
    public static Predicate<DeadLetter> fromQueue(String nameOrArn) {
        return letter -> letter.sourceQueue().equals(nameOrArn)
                || SourceQueues.nameOf(letter.sourceQueue()).equals(nameOrArn);
    }

    /** Returns the id with the reason and the code. */
    @Override
    public String toString() {
        return "DeadLetter[" + messageId + ", " + reason() + ", " + code() + "]";
    }
}
