package io.mailrouter;

import io.mailrouter.email.Email;
import io.mailrouter.health.Fleet;
import io.mailrouter.health.ProviderHealth;
import io.mailrouter.health.Signal;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Notes the end of a request with many emails: once for the health, by recipients for quotas. */
final class BulkRecording implements GatedProvider {

    private final GatedProvider next;
    private final BulkRequest request;
    private final String name;
    private final ProviderHealth health;
    private final @Nullable Fleet fleet;
    private final Seldom seldom;

    BulkRecording(
            GatedProvider next, BulkRequest request, String name, ProviderHealth health, Route.Surroundings around) {
        this.next = next;
        this.request = request;
        this.name = name;
        this.health = health;
        this.fleet = around.fleet();
        this.seldom = around.seldom();
    }

    @Override
    public Answer send(Email first, Attempt.Context context) {
        Answer answer = next.send(first, context);
        if (answer instanceof Answer.Tried tried) {
            tellFleet(tried);
            return tried.noting(this::noteLate);
        }
        return answer;
    }

    /** The request was counted as a failure when it missed its deadline, and must not be counted as another. */
    private void noteLate(Answer.Tried end) {
        Signal signal = Signal.of(end.outcome());
        if (signal == Signal.OK || signal == Signal.THROTTLED) {
            health.record(end.outcome(), end.elapsed());
            tellFleet(end);
        }
    }

    private void tellFleet(Answer.Tried tried) {
        if (fleet != null) {
            seldom.guard("fleet", () -> tell(fleet, tried));
        }
    }

    private void tell(Fleet shared, Answer.Tried tried) {
        Outcome outcome = tried.outcome();
        shared.record(name, Signal.of(outcome), tried.elapsed(), RecordingProvider.told(shared, accepted(outcome)));
    }

    private int accepted(Outcome whole) {
        List<Outcome> outcomes = request.outcomes(whole);
        int accepted = 0;
        for (int i = 0; i < outcomes.size(); i++) {
            accepted += RecordingProvider.acceptedRecipients(
                    request.entries().get(i).email(), outcomes.get(i));
        }
        return accepted;
    }
}
