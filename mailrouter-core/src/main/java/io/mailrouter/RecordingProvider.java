package io.mailrouter;

import io.mailrouter.email.Email;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.health.Fleet;
import io.mailrouter.health.ProviderHealth;
import io.mailrouter.health.Signal;
import io.mailrouter.limit.SharedLimits;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import org.jspecify.annotations.Nullable;

/** Notes the end of every attempt: for this node, for the fleet, and for whoever listens. */
final class RecordingProvider implements GatedProvider {

    private final GatedProvider next;
    private final String name;
    private final ProviderHealth health;
    private final @Nullable Fleet fleet;
    private final Audience listener;
    private final Seldom seldom;

    RecordingProvider(
            GatedProvider next,
            String name,
            ProviderHealth health,
            @Nullable Fleet fleet,
            Audience listener,
            Seldom seldom) {
        this.next = next;
        this.name = name;
        this.health = health;
        this.fleet = fleet;
        this.listener = listener;
        this.seldom = seldom;
    }

    @Override
    public Answer send(Email email, Attempt.Context context) {
        Answer answer = next.send(email, context);
        if (answer instanceof Answer.Tried tried) {
            note(email, context, tried);
            return tried.late().isEmpty() ? tried : tried.noting(end -> noteLate(email, context, end));
        }
        return answer;
    }

    private void note(Email email, Attempt.Context context, Answer.Tried tried) {
        tellFleet(email, tried);
        if (listener.hearsAll()) {
            listener.on(ended(name, context, tried));
        }
    }

    static EmailEvent.AttemptEnded ended(String provider, Attempt.Context context, Answer.Tried tried) {
        Outcome outcome = tried.outcome();
        return new EmailEvent.AttemptEnded(
                context.reference(),
                provider,
                context.number(),
                outcome.word(),
                outcome.code(),
                outcome.reason(),
                tried.elapsed());
    }

    /** The attempt was counted as a failure when it missed its deadline, and must not be counted as another. */
    private void noteLate(Email email, Attempt.Context context, Answer.Tried end) {
        Outcome outcome = end.outcome();
        Signal signal = Signal.of(outcome);
        if (signal == Signal.OK || signal == Signal.THROTTLED) {
            health.record(outcome, end.elapsed());
            tellFleet(email, end);
        }
        listener.on(new EmailEvent.LateResult(
                context.reference(),
                name,
                context.number(),
                outcome.word(),
                outcome.code(),
                outcome.reason(),
                end.elapsed()));
    }

    private void tellFleet(Email email, Answer.Tried tried) {
        if (fleet != null) {
            tell(fleet, email, tried);
        }
    }

    private void tell(Fleet shared, Email email, Answer.Tried tried) {
        Outcome outcome = tried.outcome();
        int recipients = told(shared, acceptedRecipients(email, outcome));
        seldom.guard("fleet", () -> shared.record(name, Signal.of(outcome), tried.elapsed(), recipients));
    }

    /** A fleet that divides limits hears of recipients where they are settled: those it has granted are counted already. */
    static int told(Fleet fleet, int accepted) {
        return fleet instanceof SharedLimits ? 0 : accepted;
    }

    static int acceptedRecipients(Email email, Outcome outcome) {
        if (outcome instanceof Outcome.Accepted) {
            return email.recipientCount();
        }
        return outcome instanceof Outcome.Partial partial
                ? email.recipientCount() - partial.refused().size()
                : 0;
    }
}
