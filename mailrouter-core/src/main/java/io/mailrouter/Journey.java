package io.mailrouter;

import io.mailrouter.RecipientResult.Fate;
import io.mailrouter.email.Email;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;

/** Collects what happens in one send, and says what it comes to. Used by one thread. */
final class Journey {

    private final Email email;
    private final String reference;
    private final Time time;
    private final long start;
    private final List<Made> made = new ArrayList<>(1);
    private final List<Skipped> skipped = new ArrayList<>(0);
    private final Fates fates;
    private Optional<Left> left = Optional.empty();
    private RoutePlan plan = RoutePlan.none();

    /** An attempt, those recipients' email that it was made with, and how its call ends that goes on, if it does. */
    private record Made(Attempt attempt, Email part, Optional<CompletionStage<GatedProvider.Answer.Tried>> late) {

        Made settled() {
            return late.map(stage -> stage.toCompletableFuture().join())
                    .map(end -> new Made(
                            new Attempt(attempt.provider(), attempt.number(), end.outcome(), end.elapsed()),
                            part,
                            Optional.empty()))
                    .orElse(this);
        }
    }

    /** A provider that was left for another, and why. */
    record Left(String provider, String reason) {}

    Journey(Email email, Time time) {
        this(email, referenceOf(email), time, time.nanos());
    }

    private Journey(Email email, String reference, Time time, long start) {
        this.email = email;
        this.reference = reference;
        this.time = time;
        this.start = start;
        this.fates = new Fates(email);
    }

    /**
     * Returns what ties all attempts together: the same for every send of an email with an idempotency key, wherever and
     * whenever it is made; else 128 random bits, enough that no two sends of a fleet ever share a reference.
     */
    static String referenceOf(Email email) {
        if (!email.idempotencyKey().isEmpty()) {
            return "mr" + Digest.ofKey(email.idempotencyKey());
        }
        return anyReference();
    }

    /** Returns a reference that nobody can know beforehand. */
    static String anyReference() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return "mr" + hex(random.nextLong()) + hex(random.nextLong());
    }

    private static String hex(long bits) {
        String digits = Long.toHexString(bits);
        return "0".repeat(16 - digits.length()) + digits;
    }

    String reference() {
        return reference;
    }

    int attempts() {
        return made.size();
    }

    Duration elapsed() {
        return time.since(start);
    }

    /** Returns how long the last attempt took; there must be one. */
    Duration lastTook() {
        return made.get(made.size() - 1).attempt().elapsed();
    }

    Optional<Left> left() {
        return left;
    }

    void add(Attempt attempt, Email part, Optional<CompletionStage<GatedProvider.Answer.Tried>> late) {
        add(new Made(attempt, part, late));
        left = Optional.of(new Left(attempt.provider(), attempt.outcome().code()));
    }

    private void add(Made one) {
        made.add(one);
        fates.add(one.attempt(), one.part());
    }

    void skip(Skipped skip) {
        skipped.add(skip);
    }

    /** Notes who is to be tried, and those who are passed over from the start. */
    void begin(Ranking.Decision decision) {
        plan = decision.plan();
        skipped.addAll(plan.skipped());
        left = decision.left().map(Journey::leaving);
    }

    private static Left leaving(Skipped skip) {
        return new Left(skip.provider(), skip.reason().word());
    }

    /** Notes who was passed over although its turn had come. Unless another has failed, a failover is about that. */
    void passOver(Skipped skip) {
        skip(skip);
        if (left.isEmpty()) {
            left = Optional.of(leaving(skip));
        }
    }

    /**
     * Says whether a provider may be asked once more after a wait: all that came of asking so far is that it is closed for a
     * moment.
     */
    boolean mayAskLater(String provider) {
        Optional<Outcome> last = made.stream()
                .map(Made::attempt)
                .filter(attempt -> attempt.provider().equals(provider))
                .map(Attempt::outcome)
                .reduce((one, next) -> next);
        return last.isPresent()
                ? last.get() instanceof Outcome.Throttled
                : skipped.stream()
                        .filter(skip -> skip.provider().equals(provider))
                        .reduce((one, next) -> next)
                        .filter(skip -> skip.reason().mayPass())
                        .isPresent();
    }

    /** Returns whether the last attempt's end is unknown. */
    boolean endsUnknown() {
        return !made.isEmpty() && made.get(made.size() - 1).attempt().outcome() instanceof Outcome.Unknown;
    }

    /** Returns the email for those recipients only whose fates are among the open ones; nothing if there are none. */
    Optional<Email> rest(Set<Fate> open) {
        if (fates.allIn(open)) {
            return Optional.of(email);
        }
        return fates.anyIn(open) ? Optional.of(email.onlyTo(to -> fates.isIn(to, open))) : Optional.empty();
    }

    /** Says what it has come to, and what it will have come to when every call that goes on has ended. */
    Sent sent(Verdict verdict) {
        boolean open = fates.first(Fate.UNKNOWN).isPresent();
        return new Sent(result(verdict), open ? late(verdict) : Optional.empty());
    }

    private SendResult result(Verdict verdict) {
        List<Attempt> attempts = made.stream().map(Made::attempt).toList();
        return verdict.of(email, fates, new Trail(reference, attempts, skipped, List.of(), Set.of(), plan, elapsed()));
    }

    private Optional<CompletionStage<SendResult>> late(Verdict verdict) {
        CompletableFuture<?>[] goingOn = made.stream()
                .flatMap(one -> one.late().stream())
                .map(CompletionStage::toCompletableFuture)
                .toArray(CompletableFuture<?>[]::new);
        return goingOn.length == 0
                ? Optional.empty()
                : Optional.of(CompletableFuture.allOf(goingOn)
                        .thenApply(ended -> settled().result(verdict)));
    }

    private Journey settled() {
        Journey settled = new Journey(email, reference, time, start);
        made.forEach(one -> settled.add(one.settled()));
        settled.skipped.addAll(skipped);
        settled.plan = plan;
        return settled;
    }
}
