package io.mailrouter.limit;

import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The holds of one provider: for all it sends, or for one sender's domain.
 *
 * <p>Safe to share between threads. A throttled provider is held as long as it asks for, at most 60 s; without a
 * usable hint for a random time up to 1 s that doubles with each hold in a row up to 30 s, so that the nodes of a
 * fleet do not come back all at once. A used-up quota is looked at again after 10 min, a wrong configuration after
 * 5 min. What another node of the fleet was asked for counts as well; of two the one that ends last does.
 */
public final class Holds {

    private static final Duration MAX_HINT = Duration.ofSeconds(60);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration MAX_PAUSE = Duration.ofSeconds(30);
    private static final Duration MIN_PAUSE = Duration.ofMillis(50);
    private static final Duration QUOTA_RECHECK = Duration.ofMinutes(10);
    private static final Duration CONFIGURATION_RECHECK = Duration.ofMinutes(5);
    private static final int MAX_SENDERS = 1_000;

    /** Whoever was asked itself looks first whether all is well again, so that the others need not. */
    private static final Duration OTHERS_LATER = Duration.ofSeconds(3);

    /** Of two nodes that hold for the same answer each has its own end. */
    private static final Duration SAME_END = Duration.ofSeconds(5);

    private final InstantSource clock;
    private final LongSupplier nanoTime;
    private final RandomGenerator random;
    private final Map<String, Hold> senders = new ConcurrentHashMap<>();
    private volatile @Nullable Hold all;
    private volatile @Nullable Hold heard;
    private volatile int pausesInARow;

    /**
     * Begins without a hold.
     *
     * @param clock tells operators the time; decides nothing
     * @param nanoTime a monotonic clock in nanoseconds
     * @param random spreads the pauses; used under a lock
     */
    public Holds(InstantSource clock, LongSupplier nanoTime, RandomGenerator random) {
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.random = random;
    }

    /** Returns the hold that keeps emails of a sender's domain from this provider now, if any. */
    public Optional<Hold> on(String senderDomain) {
        Optional<Hold> hold = onAll();
        return hold.isPresent() ? hold : live(senders.get(senderDomain));
    }

    /** Returns the hold that keeps all emails from this provider now, if any. */
    public Optional<Hold> onAll() {
        Optional<Hold> own = live(all);
        if (heard == null) {
            return own;
        }
        Optional<Hold> other = live(heard);
        return own.isEmpty()
                        || (other.isPresent()
                                && other.get().deadline() - own.get().deadline() > 0)
                ? other
                : own;
    }

    /** Returns a hold on some sender's domain, if any. */
    public Optional<Hold> onSomeSender() {
        return senders.values().stream().flatMap(hold -> live(hold).stream()).findAny();
    }

    /** Returns every hold of this moment. */
    public List<Hold> now() {
        return Stream.concat(onAll().stream(), senders.values().stream())
                .flatMap(hold -> live(hold).stream())
                .toList();
    }

    /** Ends every hold, and begins as if there had been none. */
    public synchronized void forget() {
        all = null;
        heard = null;
        senders.clear();
        pausesInARow = 0;
    }

    private Optional<Hold> live(@Nullable Hold hold) {
        return hold != null && hold.deadline() - nanoTime.getAsLong() > 0 ? Optional.of(hold) : Optional.empty();
    }

    /**
     * Takes over what another node was asked for, which lasts no longer than it would have here; but for a pause it
     * lasts a moment longer than there. The pauses in a row of this node are its own.
     *
     * @param deadline when it ends, on the monotonic clock
     * @return the hold that begins with it, if one does
     */
    public synchronized Optional<Hold> hear(Hold.Kind kind, String code, long deadline) {
        long now = nanoTime.getAsLong();
        long rest = Math.min(deadline - now, longest(kind).toNanos());
        if (rest <= 0) {
            return Optional.empty();
        }
        long left = kind == Hold.Kind.THROTTLED ? rest : rest + OTHERS_LATER.toNanos();
        Optional<Hold> running = onAll();
        if (running.isPresent() && running.get().deadline() - now >= left - tolerance(running.get(), kind)) {
            return Optional.empty();
        }
        Instant at = clock.instant();
        Hold hold = new Hold("", kind, code, at, at.plusNanos(left), now + left, true);
        heard = hold;
        return Optional.of(hold);
    }

    private static long tolerance(Hold running, Hold.Kind kind) {
        return running.kind() == kind ? SAME_END.toNanos() : 0;
    }

    private static Duration longest(Hold.Kind kind) {
        return switch (kind) {
            case THROTTLED -> MAX_HINT;
            case QUOTA_EXHAUSTED -> QUOTA_RECHECK;
            case MISCONFIGURED, SENDER_MISCONFIGURED -> CONFIGURATION_RECHECK;
        };
    }

    /**
     * Notes the end of an attempt. What holds for the same reason already may be made longer by it, and has lasted since it
     * began all the same.
     *
     * @return the hold that begins with it, if one does
     */
    public Optional<Hold> after(String senderDomain, Outcome outcome) {
        if (outcome instanceof Outcome.Throttled throttled) {
            return throttle(throttled);
        }
        if (outcome instanceof Outcome.QuotaExhausted) {
            return holdAll(Hold.Kind.QUOTA_EXHAUSTED, outcome.code(), QUOTA_RECHECK);
        }
        if (outcome instanceof Outcome.Misconfigured wrong) {
            return switch (wrong.scope()) {
                case ACCOUNT -> holdAll(Hold.Kind.MISCONFIGURED, outcome.code(), CONFIGURATION_RECHECK);
                case SENDER -> holdSender(senderDomain, outcome.code());
                case REQUEST -> Optional.empty();
            };
        }
        if (outcome instanceof Outcome.Accepted && pausesInARow > 0) {
            endPauses();
        }
        return Optional.empty();
    }

    private synchronized void endPauses() {
        pausesInARow = 0;
    }

    /** Answers of calls that were under way when the hold began do not lengthen it, unless the service says so. */
    private synchronized Optional<Hold> throttle(Outcome.Throttled throttled) {
        Optional<Duration> hint = throttled.retryAfter().filter(d -> !d.isNegative() && !d.isZero());
        if (hint.isPresent()) {
            Duration pause = hint.get().compareTo(MAX_HINT) > 0 ? MAX_HINT : hint.get();
            return holdAll(Hold.Kind.THROTTLED, throttled.code(), pause);
        }
        if (onAll().isPresent()) {
            return Optional.empty();
        }
        long ceiling = Math.min(MAX_PAUSE.toNanos(), FIRST_PAUSE.toNanos() << Math.min(pausesInARow, 5));
        pausesInARow++;
        long pause = random.nextLong(MIN_PAUSE.toNanos(), ceiling + 1);
        return holdAll(Hold.Kind.THROTTLED, throttled.code(), Duration.ofNanos(pause));
    }

    private synchronized Optional<Hold> holdAll(Hold.Kind kind, String code, Duration pause) {
        Hold hold = hold("", kind, code, pause);
        Optional<Hold> running = onAll();
        if (running.isPresent() && running.get().deadline() - hold.deadline() >= 0) {
            return Optional.empty();
        }
        if (running.isPresent() && running.get().kind() == kind) {
            all = new Hold("", kind, code, running.get().since(), hold.until(), hold.deadline(), false);
            return Optional.empty();
        }
        all = hold;
        return Optional.of(hold);
    }

    private synchronized Optional<Hold> holdSender(String domain, String code) {
        if (live(senders.get(domain)).isPresent()) {
            return Optional.empty();
        }
        if (senders.size() >= MAX_SENDERS) {
            senders.values().removeIf(old -> live(old).isEmpty());
        }
        if (senders.size() >= MAX_SENDERS) {
            return Optional.empty();
        }
        Hold hold = hold(domain, Hold.Kind.SENDER_MISCONFIGURED, code, CONFIGURATION_RECHECK);
        senders.put(domain, hold);
        return Optional.of(hold);
    }

    private Hold hold(String senderDomain, Hold.Kind kind, String code, Duration pause) {
        Instant now = clock.instant();
        long deadline = nanoTime.getAsLong() + pause.toNanos();
        return new Hold(senderDomain, kind, code, now, now.plus(pause), deadline, false);
    }
}
