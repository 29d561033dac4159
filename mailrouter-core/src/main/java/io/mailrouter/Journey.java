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
import java.util.stream.Stream;

/** Collects what happens in one send, and says what it comes to. Used by one thread. */
final class Journey {

    private final Email email;
    private final String reference;
    private final Time time;
    private final long start;
    private List<Attempt> attempts = List.of();
    private List<Made> apart = List.of();
    private List<Skipped> skipped = List.of();
    private final Fates fates;
    private Optional<Skipped> passedOver = Optional.empty();
    private RoutePlan plan = RoutePlan.none();

    /** An attempt that was made for some recipients only, or whose call goes on: with their email, and how that ends. */
    private record Made(Attempt attempt, Email part, Optional<CompletionStage<GatedProvider.Answer.Tried>> late) {

        Attempt settled() {
            return late.map(stage -> stage.toCompletableFuture().join())
                    .map(end -> new Attempt(attempt.provider(), attempt.number(), end.outcome(), end.elapsed()))
                    .orElse(attempt);
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
        return attempts.size();
    }

    /** Returns the reading of the monotonic clock when it began. */
    long start() {
        return start;
    }

    long now() {
        return time.nanos();
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
        return attempts.isEmpty() ? passedOver.map(Left::of) : Optional.of(Left.of(last()));
    }

    private Attempt last() {
        return attempts.get(attempts.size() - 1);
    }

    void add(Attempt attempt, Email part, Optional<CompletionStage<GatedProvider.Answer.Tried>> late) {
        if (late.isPresent() || !isWhole(part)) {
            apart = with(apart, new Made(attempt, part, late));
        }
        add(attempt, part);
    }

    private void add(Attempt attempt, Email part) {
        attempts = with(attempts, attempt);
        fates.add(attempt, part);
    }

    @SuppressWarnings("ReferenceEquality")
    private boolean isWhole(Email part) {
        return part == email;
    }

    /** Nearly every send makes one attempt, so that the list is made once. */
    private static <T> List<T> with(List<T> some, T another) {
        return some.isEmpty()
                ? List.of(another)
                : Stream.concat(some.stream(), Stream.of(another)).toList();
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
        Optional<Outcome> last = attempts.stream()
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
        return !attempts.isEmpty() && last().outcome() instanceof Outcome.Unknown;
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
        return verdict.of(email, fates, new Trail(reference, attempts, skipped, List.of(), Set.of(), plan, elapsed()));
    }

    private Optional<CompletionStage<SendResult>> late(Verdict verdict) {
        CompletableFuture<?>[] goingOn = apart.stream()
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
        for (Attempt attempt : attempts) {
            Optional<Made> made =
                    apart.stream().filter(one -> one.attempt().equals(attempt)).findFirst();
            settled.add(
                    made.map(Made::settled).orElse(attempt),
                    made.map(Made::part).orElse(email));
        }
        settled.skipped = skipped;
        settled.plan = plan;
        return settled;
    }
}
