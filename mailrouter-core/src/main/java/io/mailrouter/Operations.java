package io.mailrouter;

import io.mailrouter.event.EmailEvent;
import io.mailrouter.event.EmailListener;
import io.mailrouter.health.Order;
import io.mailrouter.health.StandingOrder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * What an operator may do about providers while a service runs.
 *
 * <p>Every order says why, in at most {@value Order#MAX_REASON} characters that other operators will read, in logs and
 * results too, for which addresses in them are masked; and ends by itself: after an hour unless another time is given, 1 ms to 7 days. It counts on this node before the method returns,
 * and through a fleet on every other node within 2 s, as long as the fleet's store is there; until it is, the order is
 * kept and repeated. The last order about a provider counts, whichever node it was given to. Each fires an {@link
 * EmailEvent.Operated} on the node that it was given to.
 *
 * <p>Nothing is ordered when a method throws: an {@link IllegalArgumentException} for a name that is none of the
 * service's providers, for a reason that is missing, too long or holds a control character, and for a time or weight out
 * of range; an {@link IllegalStateException} for what would stop the last provider that is not stopped, as far as this
 * node has heard, unless {@link #forced}; an {@link EmailServiceClosedException} when the service is closed. Safe to share
 * between threads; of two that stop the last two providers of one service at once, one is refused. No method but {@link
 * #drain} blocks.
 */
public final class Operations {

    static final Duration HOUR = Duration.ofHours(1);
    static final Duration LONGEST = Duration.ofDays(7);

    /** A reason goes to logs, results and other nodes, where no address is to be. */
    private static final Pattern MAILBOX = Pattern.compile("[^\\s<>\"'(),;:@]+@");

    private final List<Route> routes;
    private final Switchboard board;
    private final EmailListener listener;
    private final InFlight inFlight;
    private final boolean force;

    Operations(List<Route> routes, Switchboard board, EmailListener listener, InFlight inFlight, boolean force) {
        this.routes = routes;
        this.board = board;
        this.listener = listener;
        this.inFlight = inFlight;
        this.force = force;
    }

    /** Returns operations that may stop the last provider too, after which nothing is sent. */
    public Operations forced() {
        return new Operations(routes, board, listener, inFlight, true);
    }

    /** Begins no attempt through a provider for an hour. */
    public void disable(String provider, String reason) {
        disable(provider, reason, HOUR);
    }

    /** Begins no attempt through a provider for a time. Those under way end as they would have. */
    public void disable(String provider, String reason, Duration expiry) {
        order("disable", provider, Order.Kind.DISABLED, 1, because(reason), expiry);
    }

    /**
     * Uses a provider again: ends {@link #disable}, {@link #forceOpen} and {@link #drain} of it, on every node; and on
     * this node what {@link EmailServiceBuilder#disabled} said. A breaker or a hold stays as it is.
     */
    public void enable(String provider) {
        order("enable", provider, Order.Kind.ENABLED, 1, "", LONGEST);
    }

    /**
     * Gives a provider another weight for a time, on every node.
     *
     * @param value 0.001 to 1,000: twice the weight, twice the emails
     */
    public void weight(String provider, double value, String reason, Duration expiry) {
        Range.within("weight", value, 0.001, 1_000);
        order("weight", provider, Order.Kind.WEIGHT, value, because(reason), expiry);
    }

    /**
     * Leaves a provider alone for a time as if it had failed too often. Unlike with a breaker that has opened by itself,
     * neither a trial nor a probe ends it before.
     */
    public void forceOpen(String provider, String reason, Duration expiry) {
        order("force_open", provider, Order.Kind.FORCED_OPEN, 1, because(reason), expiry);
    }

    /**
     * Begins with a provider anew: on every node ends every order about it, closes its breaker and ends its holds; and on
     * this one forgets how slow it was and how often it failed.
     */
    public void reset(String provider, String reason) {
        Route route = route(provider);
        String why = because(reason);
        board.order(provider, Order.Kind.ENABLED, 1, why, LONGEST, force);
        board.order(provider, Order.Kind.CONFIGURED_WEIGHT, 1, why, LONGEST, force);
        route.reset();
        tell(provider, "reset", why, Optional.empty());
    }

    /**
     * Begins no attempt through a provider for a time, and waits until this node has none under way.
     *
     * @param expiry how long it stays switched off
     * @param wait how long to wait at most, up to a day; zero for not at all
     * @return whether every call of this node has ended; false too when the thread was interrupted, whose flag stays set
     */
    public boolean drain(String provider, String reason, Duration expiry, Duration wait) {
        Range.notNegative("wait", wait);
        order("drain", provider, Order.Kind.DISABLED, 1, because(reason), expiry);
        try {
            return route(provider).awaitIdle(wait);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /**
     * Changes how this node uses a provider, until it ends. What is not mentioned stays; sender domains are added. The
     * next attempt sees all of the change, or nothing of it when it is refused.
     *
     * @throws IllegalArgumentException also for {@link ProviderSettings#maxInFlight}, which cannot change any more
     * @throws RuntimeException whatever {@code change} throws; the old settings stay as they were
     */
    public void change(String provider, Consumer<ProviderSettings> change) {
        route(provider).change(change);
        tell(provider, "change", "", Optional.empty());
    }

    private void order(
            String operation, String provider, Order.Kind kind, double weight, String reason, Duration expiry) {
        route(provider);
        Range.within("expiry", expiry, Duration.ofMillis(1), LONGEST);
        StandingOrder standing = board.order(provider, kind, weight, reason, expiry, force);
        boolean ends = kind == Order.Kind.ENABLED;
        tell(provider, operation, reason, ends ? Optional.empty() : standing.until());
    }

    private void tell(String provider, String operation, String reason, Optional<Instant> until) {
        listener.on(new EmailEvent.Operated(provider, operation, reason, until));
    }

    private Route route(String provider) {
        if (inFlight.isClosed()) {
            throw new EmailServiceClosedException();
        }
        return routes.stream()
                .filter(route -> route.name().equals(provider))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("provider is none of this service's: one of "
                        + routes.stream().map(Route::name).toList() + " is needed"));
    }

    private static String because(String reason) {
        if (reason.isBlank()) {
            throw new IllegalArgumentException("reason is missing: say why, for other operators");
        }
        return MAILBOX.matcher(reason.strip()).replaceAll("***@");
    }
}
