package io.mailrouter;

import io.mailrouter.email.Email;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.BulkEmailProvider;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.EmailProvider;
import io.mailrouter.provider.Outcome;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One request with many emails, seen by the steps around a provider as one attempt: it takes one place, moves the
 * breaker once and is guarded as any other.
 */
final class BulkRequest implements EmailProvider, LimitedProvider.Load {

    private final BulkEmailProvider provider;
    private final List<BulkEmailProvider.Entry> entries;
    private volatile @Nullable Answered answered;

    private record Answered(Outcome whole, List<Outcome> each) {}

    BulkRequest(BulkEmailProvider provider, List<BulkEmailProvider.Entry> entries) {
        this.provider = provider;
        this.entries = List.copyOf(entries);
    }

    List<BulkEmailProvider.Entry> entries() {
        return entries;
    }

    /**
     * Returns what came of each entry, given what came of the whole. That is the same for all where the whole did not
     * come from the provider's answers, such as at a deadline; answers that come later do not change it any more.
     */
    List<Outcome> outcomes(Outcome whole) {
        Answered answers = answered;
        return answers != null && answers.whole == whole ? answers.each : Collections.nCopies(entries.size(), whole);
    }

    @Override
    public String name() {
        return provider.name();
    }

    @Override
    public Capabilities capabilities() {
        return provider.capabilities();
    }

    @Override
    public Outcome send(Email first, Attempt.Context context) {
        List<Outcome> answers = provider.sendBulk(entries, context);
        if (answers.size() != entries.size() || answers.stream().anyMatch(Objects::isNull)) {
            throw new IllegalStateException("provider answered for " + answers.size() + " of " + entries.size());
        }
        Answered all = new Answered(whole(answers), List.copyOf(answers));
        answered = all;
        return all.whole;
    }

    /**
     * What one request says about the provider. A pause or a mend that any entry asks for comes first, since it holds
     * the provider; then one acceptance shows that the provider works, whatever became of the others; then the worst.
     */
    static Outcome whole(List<Outcome> outcomes) {
        Stream<Predicate<Outcome>> order = Stream.of(
                Outcome.QuotaExhausted.class::isInstance,
                BulkRequest::holdsAll,
                Outcome.Throttled.class::isInstance,
                BulkRequest::holdsSender,
                Outcome.Accepted.class::isInstance,
                Outcome.Partial.class::isInstance,
                Outcome.Unknown.class::isInstance,
                Outcome.Unavailable.class::isInstance);
        return order.flatMap(kind -> first(outcomes, kind).stream()).findFirst().orElse(outcomes.get(0));
    }

    @Override
    public long recipients(Email first) {
        return entries.stream()
                .mapToLong(entry -> entry.email().recipientCount())
                .sum();
    }

    @Override
    public long used(Email first, Outcome whole) {
        LimitedProvider.Load each = new LimitedProvider.OneEmail();
        List<Outcome> outcomes = outcomes(whole);
        return IntStream.range(0, outcomes.size())
                .mapToLong(place -> each.used(entries.get(place).email(), outcomes.get(place)))
                .sum();
    }

    /** Says whether the request was refused as a whole. */
    static boolean isRefused(List<Outcome> outcomes) {
        return outcomes.stream().allMatch(Outcome.Rejected.class::isInstance);
    }

    private static Optional<Outcome> first(List<Outcome> outcomes, Predicate<Outcome> kind) {
        return outcomes.stream().filter(kind).findFirst();
    }

    private static boolean holdsAll(Outcome outcome) {
        return outcome instanceof Outcome.Misconfigured wrong && wrong.scope() == Outcome.Scope.ACCOUNT;
    }

    private static boolean holdsSender(Outcome outcome) {
        return outcome instanceof Outcome.Misconfigured wrong && wrong.scope() == Outcome.Scope.SENDER;
    }
}
