package io.mailrouter;

import io.mailrouter.provider.Attempt;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * The way of one email through the house: every attempt and every provider that was passed over.
 *
 * @param reference what ties together all that was done for this send; providers hand it to their services
 * @param attempts the attempts in their order
 * @param skipped the providers that were passed over, with the reason
 * @param suppressed the recipients that were left out, with the reason
 * @param notes what else a caller should know
 * @param plan who was to be tried and who was not, as it was decided before the first attempt
 * @param elapsed how long the send took; where providers were asked, without the time at an idempotency store and a
 *     suppression list
 * @param claims how often the email's idempotency key has been granted by the store, this send included: which attempt
 *     it is to send this email at all, on whatever node; 0 where no store has granted it
 */
public record Trail(
        String reference,
        List<Attempt> attempts,
        List<Skipped> skipped,
        List<SuppressedRecipient> suppressed,
        Set<Note> notes,
        RoutePlan plan,
        Duration elapsed,
        int claims) {

    public Trail {
        attempts = List.copyOf(attempts);
        skipped = List.copyOf(skipped);
        suppressed = List.copyOf(suppressed);
        notes = Set.copyOf(notes);
    }

    /** Begins a trail of a send that no store has granted. */
    public Trail(
            String reference,
            List<Attempt> attempts,
            List<Skipped> skipped,
            List<SuppressedRecipient> suppressed,
            Set<Note> notes,
            RoutePlan plan,
            Duration elapsed) {
        this(reference, attempts, skipped, suppressed, notes, plan, elapsed, 0);
    }

    /** Begins a trail on which nobody was left out and nothing is to be noted. */
    public Trail(String reference, List<Attempt> attempts, List<Skipped> skipped, Duration elapsed) {
        this(reference, attempts, skipped, List.of(), Set.of(), RoutePlan.none(), elapsed);
    }

    /** Says whether this call sent nothing, because the email's key was settled or being sent already. */
    public boolean isRepeated() {
        return notes.contains(Note.REPEATED);
    }

    /** Returns one line for an operator: who was tried and who was passed over, and why. Nothing personal. */
    public String summary() {
        StringBuilder line = new StringBuilder();
        for (Attempt attempt : attempts) {
            line.append(line.isEmpty() ? "" : ", ").append(attempt.provider()).append(": ");
            line.append(attempt.outcome().code());
            String reason = attempt.outcome().reason();
            line.append(reason.isEmpty() ? "" : " (" + reason + ")");
        }
        for (Skipped skip : skipped) {
            line.append(line.isEmpty() ? "" : ", ").append(skip.provider()).append(": skipped, ");
            line.append(skip.reason().word());
            line.append(skip.detail().isEmpty() ? "" : " (" + skip.detail() + ")");
        }
        if (!suppressed.isEmpty()) {
            line.append(line.isEmpty() ? "" : ", ").append(suppressed.size()).append(" recipients suppressed");
        }
        notes.stream()
                .map(Note::word)
                .sorted()
                .forEach(note -> line.append(line.isEmpty() ? "" : ", ").append(note));
        return line.toString();
    }
}
