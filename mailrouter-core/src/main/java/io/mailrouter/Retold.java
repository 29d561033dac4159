package io.mailrouter;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The same result with more on its trail. */
final class Retold {

    private Retold() {}

    static SendResult with(SendResult result, Note note) {
        return with(
                result,
                trail(
                        result.trail(),
                        result.trail().suppressed(),
                        note,
                        result.trail().elapsed()));
    }

    static SendResult with(SendResult result, Note note, Duration elapsed) {
        return with(result, trail(result.trail(), result.trail().suppressed(), note, elapsed));
    }

    static SendResult with(SendResult result, List<SuppressedRecipient> suppressed) {
        Trail old = result.trail();
        return with(
                result,
                new Trail(
                        old.reference(),
                        old.attempts(),
                        old.skipped(),
                        suppressed,
                        old.notes(),
                        old.plan(),
                        old.elapsed(),
                        old.claims()));
    }

    static SendResult claimed(SendResult result, int claims) {
        Trail old = result.trail();
        return with(
                result,
                new Trail(
                        old.reference(),
                        old.attempts(),
                        old.skipped(),
                        old.suppressed(),
                        old.notes(),
                        old.plan(),
                        old.elapsed(),
                        claims));
    }

    private static Trail trail(Trail old, List<SuppressedRecipient> suppressed, Note note, Duration elapsed) {
        Set<Note> notes = new HashSet<>(old.notes());
        notes.add(note);
        return new Trail(
                old.reference(), old.attempts(), old.skipped(), suppressed, notes, old.plan(), elapsed, old.claims());
    }

    private static SendResult with(SendResult result, Trail trail) {
        if (result instanceof SendResult.Accepted r) {
            return new SendResult.Accepted(r.provider(), r.messageId(), trail);
        }
        if (result instanceof SendResult.PartlyAccepted r) {
            return new SendResult.PartlyAccepted(r.provider(), r.messageId(), r.recipients(), trail);
        }
        if (result instanceof SendResult.Rejected r) {
            return new SendResult.Rejected(r.provider(), r.code(), r.reason(), trail);
        }
        if (result instanceof SendResult.NotSent r) {
            return new SendResult.NotSent(r.code(), r.reason(), r.retryAt(), trail);
        }
        if (result instanceof SendResult.Unknown r) {
            return new SendResult.Unknown(r.provider(), r.code(), r.reason(), trail);
        }
        return result instanceof SendResult.Expired r
                ? new SendResult.Expired(r.notAfter(), trail)
                : new SendResult.Suppressed(trail);
    }
}
