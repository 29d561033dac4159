package io.mailrouter;

import io.mailrouter.RecipientResult.Fate;
import io.mailrouter.email.Email;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
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
    private List<Skipped> skipped = List.of();
    private final Fates fates;
    private Optional<Skipped> passedOver = Optional.empty();
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
    record Left(String provider, String reason) {

        static Left of(Attempt attempt) {
            return new Left(attempt.provider(), attempt.outcome().code());
        }

        static Left of(Skipped skip) {
            return new Left(skip.provider(), skip.reason().word());
        }
    }

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
        HexFormat hex = HexFormat.of();
        return "mr" + hex.toHexDigits(random.nextLong()) + hex.toHexDigits(random.nextLong());
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
        return last().elapsed();
    }

    /** Returns who was left for the next to be tried: whose attempt failed last, else who was passed over first. */
    Optional<Left> left() {
        return made.isEmpty() ? passedOver.map(Left::of) : Optional.of(Left.of(last()));
    }

    private Attempt last() {
        return made.get(made.size() - 1).attempt();
    }

    void add(Attempt attempt, Email part, Optional<CompletionStage<GatedProvider.Answer.Tried>> late) {
        add(new Made(attempt, part, late));
    }

    private void add(Made one) {
        made.add(one);
        fates.add(one.attempt(), one.part());
    }

    void skip(Skipped skip) {
        skipped = skipped.isEmpty() ? new ArrayList<>() : skipped;
        skipped.add(skip);
    }

    /** Notes who is to be tried, and those who are passed over from the start. */
    void begin(Ranking.Decision decision) {
        plan = decision.plan();
        plan.skipped().forEach(this::skip);
        passedOver = decision.left();
    }

    /** Notes who was passed over although its turn had come. Unless another has failed, a failover is about that. */
    void passOver(Skipped skip) {
        skip(skip);
        passedOver = passedOver.isEmpty() ? Optional.of(skip) : passedOver;
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
        return !made.isEmpty() && last().outcome() instanceof Outcome.Unknown;
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
        return new Sent(result(verdict), fates.any(Fate.UNKNOWN) ? late(verdict) : Optional.empty());
    }

    private SendResult result(Verdict verdict) {
        return verdict.of(
                email, fates, new Trail(reference, madeSoFar(), skipped, List.of(), Set.of(), plan, elapsed()));
    }

    private List<Attempt> madeSoFar() {
        Attempt[] attempts = new Attempt[made.size()];
        for (int i = 0; i < attempts.length; i++) {
            attempts[i] = made.get(i).attempt();
        }
        return List.of(attempts);
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
        settled.skipped = skipped;
        settled.plan = plan;
        return settled;
    }
}
