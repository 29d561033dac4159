package io.mailrouter.route;

import io.mailrouter.email.Email;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Ranks the providers that may send an email, the best first.
 *
 * <p>Safe to share between threads. Runs on the sending thread before each send, so it is fast and does no I/O. One
 * function is a strategy: {@code (email, eligible) -> ...}; a strategy with a memory, such as whose turn it is, belongs
 * to one service. Whatever one throws, the order of registration holds instead.
 *
 * <p>No strategy here draws lots: the same emails in the same circumstances go the same way. Where chance takes part, in
 * {@link #exploration} and for a provider that has just come back, the service draws, from the source that {@code
 * EmailServiceBuilder.random} sets.
 */
@FunctionalInterface
public interface Routing {

    /**
     * Returns the candidates in the order in which they are to be tried. Whoever is left out is not tried.
     *
     * @param email what is sent
     * @param eligible who may send it now, in the order in which they were registered; unmodifiable
     */
    List<Candidate> rank(Email email, List<Candidate> eligible);

    /** Returns what {@link #rank} would, without any effect: whose turn it is stays so. By default asks {@code rank}. */
    default List<Candidate> preview(Email email, List<Candidate> eligible) {
        return rank(email, eligible);
    }

    /**
     * Returns the number by which a candidate is compared with the others, the smaller the better, for an operator to
     * see; empty, as by default, where no number decides. Without any effect.
     *
     * @param candidate one of those who are eligible
     */
    default OptionalDouble score(Email email, Candidate candidate, List<Candidate> eligible) {
        return OptionalDouble.empty();
    }

    /**
     * Says whether this strategy looks at {@link Candidate#slowStart()} by itself. If not, which is the default, the
     * service lets a provider that has just come back stand behind the others by chance, ever more seldom.
     */
    default boolean ramps() {
        return false;
    }

    /**
     * Returns the share of emails like this one, 0 to 1, with which the service tries out who is not the best, so that it
     * learns of one that has become better. Only emails that may be sent again by another provider after an unknown end
     * take part ({@link io.mailrouter.email.Ambiguity#RESEND_OTHER}, their own or the service's): nobody else pays for
     * the lesson. 0 by default.
     */
    default double exploration(Email email) {
        return 0;
    }

    /**
     * Returns the names of the providers that this strategy was configured with. A service that has no provider of such a
     * name is not built. None by default.
     */
    default Set<String> names() {
        return Set.of();
    }

    /** Returns this strategy for some providers only; the others are left out. See {@link #tiers}. */
    default Routing among(String... names) {
        return new Among(this, List.of(names));
    }

    /** Returns the strategy that tries providers in the order in which they were registered. */
    static Routing inOrder() {
        return (email, eligible) -> eligible;
    }

    /**
     * Returns the strategy that prefers whoever is quick and does not fail: the smallest score goes first, which is the
     * mean time of an accepted attempt, longer for what is under way and for failures, for a quota that runs out and for
     * the price if that counts, and shorter for the weight. The default of a service. Leaves out nobody.
     */
    static Routing latencyAware() {
        return latencyAware(settings -> {});
    }

    /** Returns the strategy that prefers whoever is quick and does not fail, and says what else counts. */
    static Routing latencyAware(Consumer<LatencySettings> change) {
        LatencySettings settings = new LatencySettings();
        change.accept(settings);
        return new LatencyAware(settings);
    }

    /**
     * Returns the strategy that lets providers take turns, one email each, whatever their weights. The others follow, the
     * one whose turn is nearest first. Leaves out nobody; no chance takes part. Belongs to one service.
     */
    static Routing roundRobin() {
        return new Turns(candidate -> 1, Set.of());
    }

    /**
     * Returns the strategy that gives each provider its share of the emails by its weight, evenly spread: 3 to 1 is three
     * in four, not a run of three. The others follow, the one that has had least of its share first. Leaves out nobody;
     * no chance takes part. Belongs to one service.
     */
    static Routing weighted() {
        return new Turns(Candidate::weight, Set.of());
    }

    /**
     * Returns the strategy that shares out as {@link #weighted()} does, by these weights times those of the providers. Who
     * is not named stands by: it is tried after all that are.
     *
     * @param weights by provider, each 0.001 to 1,000
     * @throws IllegalArgumentException when there is none or one is out of range
     */
    static Routing weighted(Map<String, Double> weights) {
        return Turns.weighted(weights);
    }

    /**
     * Returns the strategy that tries the cheapest provider first, by {@link Candidate#cost()}. Of equal prices {@link
     * #latencyAware} decides; whoever has no price comes last. Leaves out nobody. To let a price weigh against speed and
     * failures instead, see {@link LatencySettings#costWeight}.
     */
    static Routing costAware() {
        return new Sorted(candidate -> candidate.cost() > 0 ? candidate.cost() : Double.POSITIVE_INFINITY);
    }

    /**
     * Returns the strategy that spares quotas: whose would not last for the rest of its time comes later, by {@link
     * Candidate#quotaPressure()}. Of equals, such as those without a quota, {@link #latencyAware} decides. Leaves out
     * nobody.
     */
    static Routing quotaAware() {
        return new Sorted(Candidate::quotaPressure);
    }

    /**
     * Returns the strategy that keeps the emails to one domain, that of the first recipient, at one provider; see {@link
     * #stickyBy}.
     */
    static Routing stickyByDomain() {
        return stickyBy(Rendezvous::domain);
    }

    /**
     * Returns the strategy that keeps the emails of one {@link Email#routingKey()}, such as a tenant, at one provider; see
     * {@link #stickyBy}. One without a key goes by the domain of its first recipient.
     */
    static Routing stickyByKey() {
        return stickyBy(email -> email.routingKey().isEmpty() ? Rendezvous.domain(email) : email.routingKey());
    }

    /**
     * Returns the strategy that keeps emails of one key at one provider, and spreads the keys by the weights: rendezvous
     * hashing, the same on every node and in every version. When a provider drops out, only its own keys move, each to the
     * next of its own order, and when it returns they come back. Leaves out nobody; no chance takes part.
     *
     * @param key of an email; any text, it is only hashed
     */
    static Routing stickyBy(Function<Email, String> key) {
        return new Rendezvous(key);
    }

    /**
     * Returns the strategy that asks several in turn: the next one orders those whom the ones before have left out, to be
     * tried after them all.
     *
     * <pre>{@code
     * Routing.tiers(
     *         Routing.latencyAware().among("ses-eu-west-1", "ses-us-east-1"),
     *         Routing.costAware().among("sendgrid", "mailgun"),
     *         Routing.inOrder())       // whoever is left
     * }</pre>
     *
     * <p>Leaves out whom the last one leaves out. Nothing is tried out, since that would pass from one tier to another.
     *
     * @throws IllegalArgumentException when there is none
     */
    static Routing tiers(Routing... tiers) {
        return new Tiers(List.of(tiers));
    }

    /** Returns the strategy that goes by one of two, as an email is; whom that one leaves out is left out. */
    static Routing when(Predicate<Email> condition, Routing then, Routing otherwise) {
        return new Fork(email -> condition.test(email) ? then : otherwise, List.of(then, otherwise));
    }

    /** Returns the strategy that goes by one for emails with a tag, and by another for all others. */
    static Routing whenTagged(String tag, Routing then, Routing otherwise) {
        return when(email -> email.tags().contains(tag), then, otherwise);
    }

    /** Returns the strategy that goes by an email's {@link Email#trafficClass()}, and by another for those of none of these. */
    static Routing byTrafficClass(Map<String, Routing> classes, Routing otherwise) {
        return Fork.byTrafficClass(Map.copyOf(classes), otherwise);
    }
}
