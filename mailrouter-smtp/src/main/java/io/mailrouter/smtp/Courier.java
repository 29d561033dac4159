package io.mailrouter.smtp;

import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Misconfigured;
import io.mailrouter.provider.Outcome.Scope;
import io.mailrouter.provider.Outcome.Throttled;
import io.mailrouter.provider.Probe;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import javax.net.ssl.SSLSocketFactory;

/** Carries messages to the server, each over one connection, kept or fresh. Safe to share between threads. */
final class Courier implements AutoCloseable {

    /** How soon it is worth asking again when all connections are in use. */
    private static final Duration ALL_IN_USE = Duration.ofMillis(100);

    private final SmtpOutcome outcomes;
    private final Aside aside;
    private final Dialler dialler;
    private final ConnectionPool pool;
    private final Watches watches;
    private final Consumer<Extensions> learnt;
    private final Duration connectTimeout;
    private final Duration sweepPause;
    private final AtomicBoolean sweeping = new AtomicBoolean();

    /** @param learnt told what the server offers on each fresh connection */
    Courier(SmtpSettings settings, SSLSocketFactory sockets, Watches watches, Consumer<Extensions> learnt) {
        this.outcomes = new SmtpOutcome(settings.rules);
        this.aside = new Aside(settings.name, settings.maxConnections);
        this.dialler = new Dialler(settings, sockets, aside);
        this.pool = new ConnectionPool(settings.limits(), System::nanoTime);
        this.watches = watches;
        this.learnt = learnt;
        this.connectTimeout = settings.connectTimeout;
        this.sweepPause = settings.maxIdle.dividedBy(2);
    }

    /** Waits for a place, and hands over one message. What ends the attempt from outside ends it through the watch. */
    Outcome carry(SmtpRequest request, Watch watch, Duration remaining) throws InterruptedException {
        Duration wait = connectTimeout.compareTo(remaining) < 0 ? connectTimeout : remaining;
        if (!pool.enter(wait)) {
            // No fault of the server's: another provider may take it, and this one need not rest.
            return new Throttled("no_connection_free", "all connections are in use", Optional.of(ALL_IN_USE));
        }
        try {
            return throughAnyConnection(request, watch);
        } catch (NoConnectionException e) {
            return outcomes.of(e.delivery(), request::named, watch.endedBy());
        } finally {
            pool.leave();
        }
    }

    /** A kept connection that turns out to be dead is replaced, once, as long as nothing of the message is sent. */
    private Outcome throughAnyConnection(SmtpRequest request, Watch watch)
            throws NoConnectionException, InterruptedException {
        Optional<SmtpConnection> kept = pool.take();
        if (kept.isPresent()) {
            watch.over(kept.get().raw()::drop);
            Optional<Outcome> outcome =
                    kept.get().isReady(connectTimeout) ? through(kept.get(), request, watch, true) : Optional.empty();
            if (outcome.isPresent()) {
                return outcome.get();
            }
            kept.get().raw().drop();
            pool.clear();
        }
        return through(fresh(watch), request, watch, false).orElseThrow();
    }

    private SmtpConnection fresh(Watch watch) throws NoConnectionException, InterruptedException {
        if (sweeping.compareAndSet(false, true)) {
            watches.often(sweepPause, pool::sweep);
        }
        SmtpConnection fresh = dialler.dial(watch);
        learnt.accept(fresh.extensions());
        return fresh;
    }

    /** Asks whether the server answers and takes the login. What ends the question from outside ends it through the watch. */
    Probe.Answer ask(Watch watch, Duration within) throws InterruptedException {
        if (!pool.enter(Duration.ZERO)) {
            return new Probe.Untold("no_connection_free");
        }
        try {
            Optional<SmtpConnection> kept = pool.take();
            if (kept.isPresent() && answers(kept.get(), watch, connectTimeout)) {
                return new Probe.Working(Optional.empty());
            }
            return answers(fresh(watch), watch, within)
                    ? new Probe.Working(Optional.empty())
                    : new Probe.NotWorking(new Outcome.Unavailable("noop_refused", "nothing was sent"));
        } catch (NoConnectionException e) {
            Outcome outcome = outcomes.of(e.delivery(), address -> List.of(), watch.endedBy());
            return outcome.surelyNotSent() ? new Probe.NotWorking(outcome) : new Probe.Untold(outcome.code());
        } finally {
            pool.leave();
        }
    }

    private boolean answers(SmtpConnection connection, Watch watch, Duration patience) {
        watch.over(connection.raw()::drop);
        boolean answers = connection.answers(patience);
        if (answers) {
            keep(connection, watch);
        } else {
            connection.raw().drop();
        }
        return answers;
    }

    /** Returns nothing where the connection was dead and may be replaced. */
    private Optional<Outcome> through(
            SmtpConnection connection, SmtpRequest request, Watch watch, boolean replaceable) {
        Optional<String> lack = connection.extensions().lackFor(request);
        if (lack.isPresent()) {
            keep(connection, watch);
            return Optional.of(new Misconfigured(lack.get(), "the server does not take such a message", Scope.REQUEST));
        }
        Delivery delivery = connection.deliver(request);
        if (delivery.leavesConnectionInOrder()) {
            keep(connection, watch);
        } else {
            connection.raw().drop();
        }
        return replaceable && delivery.foundConnectionDead() && watch.endedBy().isEmpty()
                ? Optional.empty()
                : Optional.of(outcomes.of(delivery, request::named, watch.endedBy()));
    }

    /** What ends this attempt from now on must not end the next one that uses the connection. */
    private void keep(SmtpConnection connection, Watch watch) {
        if (watch.letGo()) {
            pool.give(connection);
        }
    }

    /** Ends the connections that are kept, and what waits for a name or a token. */
    @Override
    public void close() {
        aside.close();
        pool.close();
    }
}
