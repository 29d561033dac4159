package io.mailrouter;

import io.mailrouter.email.Email;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/** Collects what happens in one send, and says what it comes to. Used by one thread. */
final class Journey {

    /** No store or queue gains from being asked again sooner. */
    private static final Duration SHORTEST_PAUSE = Duration.ofSeconds(1);

    private final Time time;
    private final long start;
    private final String reference;
    private final List<Attempt> attempts = new ArrayList<>(1);
    private final List<Skipped> skipped = new ArrayList<>(0);
    private Optional<Left> left = Optional.empty();

    /** A provider that was left for another, and why. */
    record Left(String provider, String reason) {}

    Journey(Time time, String reference) {
        this.time = time;
        this.reference = reference;
        this.start = time.nanos();
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
        return attempts.size();
    }

    Duration elapsed() {
        return time.since(start);
    }

    Outcome lastOutcome() {
        return attempts.get(attempts.size() - 1).outcome();
    }

    Optional<Left> left() {
        return left;
    }

    void add(Attempt attempt) {
        attempts.add(attempt);
    }

    void skip(Skipped skip) {
        skipped.add(skip);
    }

    /** Notes whose attempt failed. */
    void leave(String provider, String reason) {
        left = Optional.of(new Left(provider, reason));
    }

    /** Notes who was passed over, unless another has failed before: that is what the failover is about. */
    void passOver(String provider, String reason) {
        if (left.isEmpty()) {
            leave(provider, reason);
        }
    }

    private Trail trail() {
        return new Trail(reference, attempts, skipped, elapsed());
    }

    SendResult expired(Email email) {
        return unknown().orElseGet(() -> new SendResult.Expired(email.notAfter().orElseThrow(), trail()));
    }

    /** Says what it means that it is not gone on with. */
    SendResult refused(String code, String reason) {
        return unknown().orElseGet(() -> new SendResult.NotSent(code, reason, Optional.empty(), trail()));
    }

    /** Says what the last attempt means, which is not followed by another. */
    SendResult end(Email email) {
        Attempt last = attempts.get(attempts.size() - 1);
        Outcome outcome = last.outcome();
        if (outcome instanceof Outcome.Accepted accepted) {
            return new SendResult.Accepted(last.provider(), accepted.messageId(), trail());
        }
        if (outcome instanceof Outcome.Partial partial) {
            return new SendResult.PartlyAccepted(last.provider(), partial.messageId(), partial.refused(), trail());
        }
        Optional<SendResult> unknown = unknown();
        return unknown.orElseGet(
                () -> new SendResult.Rejected(last.provider(), outcome.code(), outcome.reason(), trail()));
    }

    /** One attempt with an unknown end makes the whole unknown, whatever failed after it. */
    private Optional<SendResult> unknown() {
        return attempts.stream()
                .filter(attempt -> attempt.outcome() instanceof Outcome.Unknown)
                .findFirst()
                .map(a -> new SendResult.Unknown(
                        a.provider(), a.outcome().code(), a.outcome().reason(), trail()));
    }

    /** Says what it means that nobody is left to try. */
    SendResult nothingMore(Email email, List<Route> routes) {
        Optional<SendResult> unknown = unknown();
        if (unknown.isPresent()) {
            return unknown.get();
        }
        if (attempts.isEmpty() && skipped.stream().allMatch(s -> s.reason().isForGood())) {
            return new SendResult.Rejected("", "no_eligible_provider", "no provider can send this email", trail());
        }
        String code = attempts.isEmpty() ? "no_provider_usable" : lastOutcome().code();
        String reason = attempts.isEmpty()
                ? "every provider was passed over"
                : lastOutcome().reason();
        return new SendResult.NotSent(code, reason, Optional.of(retryAt(email, routes)), trail());
    }

    /** The first moment at which a provider that could carry the email is open again. */
    private Instant retryAt(Email email, List<Route> routes) {
        Instant soonest = time.now().plus(SHORTEST_PAUSE);
        return routes.stream()
                .filter(route -> route.barrier(email).isEmpty())
                .map(route -> route.closedUntil(email).orElse(soonest))
                .min(Instant::compareTo)
                .filter(soonest::isBefore)
                .orElse(soonest);
    }
}
