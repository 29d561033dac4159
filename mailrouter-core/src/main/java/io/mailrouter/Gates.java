package io.mailrouter;

import io.mailrouter.email.Email;
import io.mailrouter.health.StandingOrder;
import io.mailrouter.provider.EmailProvider;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/** Says whether an email may go one provider's way: ever, now, or in a moment. Its questions have no effect. */
final class Gates {

    private static final Duration LOOK_AGAIN = Duration.ofMinutes(1);

    private final EmailProvider provider;
    private final String name;
    private final Breaker breaker;
    private final ProviderLimits limits;
    private final Switchboard board;
    private final Time time;

    Gates(EmailProvider provider, String name, Breaker breaker, ProviderLimits limits, Route.Surroundings around) {
        this.provider = provider;
        this.name = name;
        this.breaker = breaker;
        this.limits = limits;
        this.board = around.board();
        this.time = around.time();
    }

    /**
     * Returns why an email may never go this way, or nothing if it may.
     *
     * @param owned the only domains that it may come from, none for any
     */
    Optional<Skipped> barrier(Email email, Set<String> owned) {
        if (email.deniedProviders().contains(name)
                || !(email.onlyProviders().isEmpty() || email.onlyProviders().contains(name))) {
            return skip(Skipped.Reason.NOT_ALLOWED, "the email names other providers");
        }
        if (!owned.isEmpty() && !owned.contains(email.from().domain())) {
            return skip(Skipped.Reason.NOT_OWNER_OF_SENDER, "does not send from this domain");
        }
        try {
            return provider.capabilities().unfit(email).flatMap(why -> skip(Skipped.Reason.NOT_CAPABLE, why));
        } catch (Throwable defect) {
            return skip(
                    Skipped.Reason.DEFECT,
                    "its capabilities threw a " + defect.getClass().getSimpleName());
        }
    }

    private Optional<Skipped> skip(Skipped.Reason reason, String detail) {
        return Optional.of(new Skipped(name, reason, detail, Optional.empty()));
    }

    /**
     * Returns why an email may not go this way now, or nothing if it may. Whoever is let through here may still be passed
     * over when its turn comes.
     */
    Optional<Skipped> now(Email email) {
        Optional<Skipped> stopped = stopped();
        return stopped.isPresent() ? stopped : now(email, breaker.isLeftAlone());
    }

    /** As {@link #now}, for an email that has nobody to try but others on trial. */
    Optional<Skipped> inNeed(Email email) {
        Optional<Skipped> stopped = stopped();
        return stopped.isPresent() ? stopped : now(email, !breaker.mayBeTriedInNeed());
    }

    /** What the fleet has decided is heard with this, and so before the breaker is asked. */
    private Optional<Skipped> stopped() {
        return SwitchedProvider.closed(name, board).map(why -> why.by(name));
    }

    private Optional<Skipped> now(Email email, boolean leftAlone) {
        if (leftAlone || breaker.isFull()) {
            return Optional.of(BreakingProvider.passedOver(breaker).by(name));
        }
        return limits.closed(email).map(why -> why.by(name));
    }

    /**
     * Returns how soon this way opens by itself for an email, if it is closed for a moment only: a rate, a full bulkhead
     * or a short pause, and nothing else.
     */
    Optional<Duration> opensIn(Email email) {
        boolean shut =
                breaker.isLeftAlone() || breaker.isFull() || board.stop(name).isPresent();
        return shut ? Optional.empty() : limits.opensIn(email);
    }

    /** Returns until when this way is closed for an email, if it is. */
    Optional<Instant> closedUntil(Email email) {
        Optional<StandingOrder> order = board.stop(name);
        if (order.isPresent()) {
            return Optional.of(endOf(order.get()));
        }
        Optional<Instant> limited = limits.closed(email).flatMap(GatedProvider.Answer.PassedOver::until);
        BreakerStatus status = breaker.status();
        return status.isOpen() && limited.filter(u -> u.isAfter(status.until())).isEmpty()
                ? Optional.of(status.until())
                : limited;
    }

    /** An operator may end an order at any time, so nobody is sent away for long because of one. */
    private Instant endOf(StandingOrder order) {
        Instant soon = time.now().plus(LOOK_AGAIN);
        return order.until().filter(soon::isAfter).orElse(soon);
    }
}
