package io.mailrouter;

import io.mailrouter.email.Email;
import io.mailrouter.health.Fleet;
import io.mailrouter.health.ProviderHealth;
import io.mailrouter.health.Signal;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
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
            GatedProvider next,
            BulkRequest request,
            String name,
            ProviderHealth health,
            @Nullable Fleet fleet,
            Seldom seldom) {
        this.next = next;
        this.request = request;
        this.name = name;
        this.health = health;
        this.fleet = fleet;
        this.seldom = seldom;
    }

    @Override
    public Answer send(Email first, Attempt.Context context) {
        Answer answer = next.send(first, context);
        if (answer instanceof Answer.Tried tried) {
            health.record(tried.outcome(), tried.elapsed());
            seldom.guard("fleet", () -> tellFleet(tried));
        }
        return answer;
    }

    private void tellFleet(Answer.Tried tried) {
        if (fleet != null) {
            long accepted = request.outcomes(tried.outcome()).stream()
                    .filter(Outcome.Accepted.class::isInstance)
                    .count();
            fleet.record(name, Signal.of(tried.outcome()), tried.elapsed(), Math.toIntExact(accepted));
        }
    }
}
