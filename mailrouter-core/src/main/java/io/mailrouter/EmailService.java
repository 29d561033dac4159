package io.mailrouter;

import io.mailrouter.email.Email;
import io.mailrouter.event.EmailListener;
import io.mailrouter.health.Fleet;
import io.mailrouter.health.FleetSnapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands each email to one of several providers, and goes on to the next while it is certain that nothing was sent.
 *
 * <p>Safe to share between threads; an application builds one and closes it when it ends. Sending blocks the calling
 * thread, at most as long as the deadline. The service owns the providers and the fleet that it is built with, and
 * closes them; it closes nothing that those were given, nor an executor.
 */
public final class EmailService implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(EmailService.class);

    private static final Duration LAST_MOMENT = Duration.ofSeconds(1);

    private final List<Route> routes;
    private final Sender sender;
    private final @Nullable Fleet fleet;
    private final List<ExecutorService> ownExecutors = new ArrayList<>();
    private final SendQueue queue;
    private final Listeners listeners;
    private final Duration closeTimeout;
    private final Time time;
    private final InFlight inFlight = new InFlight();

    EmailService(EmailServiceBuilder b) {
        time = b.time;
        Seldom seldom = new Seldom(time);
        listeners = new Listeners(b.listeners, b.maxWaitingEvents, seldom);
        fleet = b.fleet;
        closeTimeout = b.closeTimeout;
        ExecutorService sends = b.executor != null ? b.executor : own(Threads.forSends());
        ExecutorService attempts = b.executor != null ? b.executor : own(Threads.forAttempts(b.attemptsAtOnce()));
        Route.Surroundings around =
                new Route.Surroundings(attempts, fleet, listeners, b.breaker.copy(), time, b.random, seldom);
        routes = b.providers.entrySet().stream()
                .map(entry -> new Route(entry.getKey(), entry.getValue(), around))
                .toList();
        if (fleet != null) {
            routes.forEach(route -> seldom.guard("fleet", () -> fleet.register(route.name())));
        }
        sender = steps(b, listeners, seldom, time);
        queue = new SendQueue(sender, sends, inFlight, b.sendsAtOnce(), b.maxQueued);
    }

    /** The way of an email, from the outside in; {@link Route} puts together the steps around each provider. */
    private Sender steps(EmailServiceBuilder b, EmailListener listener, Seldom seldom, Time time) {
        RoutingSender.Limits limits =
                new RoutingSender.Limits(b.deadline, b.maxAttempts, b.minAttemptTime, b.ambiguity);
        Sender routing = new RoutingSender(routes, b.routing, limits, listener, seldom, time);
        return new ObservedSender(routing, listener);
    }

    private ExecutorService own(ExecutorService executor) {
        ownExecutors.add(executor);
        return executor;
    }

    /** Returns a builder without any provider. */
    public static EmailServiceBuilder builder() {
        return new EmailServiceBuilder();
    }

    /**
     * Sends an email and returns who took it.
     *
     * @throws EmailRejectedException when the email is at fault or too late, and was not sent
     * @throws EmailNotSentException when it is certain that nothing was sent
     * @throws EmailOutcomeUnknownException when nobody can tell whether it was sent
     * @throws EmailException when only some recipients were accepted
     * @throws EmailServiceClosedException when the service is closed; nothing was sent
     */
    public SendResult.Accepted send(Email email) {
        SendResult result = trySend(email);
        if (result instanceof SendResult.Accepted accepted) {
            return accepted;
        }
        if (result instanceof SendResult.NotSent notSent) {
            throw new EmailNotSentException(notSent);
        }
        if (result instanceof SendResult.Unknown unknown) {
            throw new EmailOutcomeUnknownException(unknown);
        }
        if (result instanceof SendResult.Rejected rejected) {
            throw new EmailRejectedException("email was rejected: " + rejected.code(), rejected);
        }
        if (result instanceof SendResult.Expired expired) {
            throw new EmailRejectedException("email came too late to be sent", expired);
        }
        throw new EmailException("email was accepted for some recipients only", result);
    }

    /**
     * Sends an email and returns what came of it. Never throws for an outcome.
     *
     * @throws EmailServiceClosedException when the service is closed; nothing was sent
     */
    public SendResult trySend(Email email) {
        inFlight.enter();
        try {
            return sender.send(email).result();
        } finally {
            inFlight.leave();
        }
    }

    /**
     * Sends an email on another thread: a virtual one on Java 21 and later, else one of a pool of 64. As many sends run
     * at once as one provider may have under way, and {@link EmailServiceBuilder#maxQueued} more may wait.
     *
     * <p>The deadline begins when the send does, not while it waits for a thread. Cancelling the future does not stop a
     * send that has begun.
     *
     * @return what came of it; fails with a defect, or with an {@link EmailServiceClosedException} when the service
     *     closes before its turn and nothing was sent
     * @throws EmailServiceClosedException when the service is closed; nothing was sent
     * @throws RejectedExecutionException when as many wait as may, or the executor takes no more; nothing was sent
     */
    public CompletableFuture<SendResult> sendAsync(Email email) {
        inFlight.enter();
        return queue.add(email);
    }

    /** Returns how each provider is doing, in the order of registration. Answers from memory. */
    public List<ProviderStatus> providers() {
        Optional<FleetSnapshot> snapshot = Optional.ofNullable(fleet).map(Fleet::snapshot);
        return routes.stream()
                .map(route -> new ProviderStatus(route, route.state(), snapshot.flatMap(s -> s.provider(route.name()))))
                .toList();
    }

    /**
     * Returns how many events were lost to a listener so far: it threw, or it was slower than the sends and {@link
     * EmailServiceBuilder#maxWaitingEvents} waited for it. Each is counted for each listener that missed it.
     */
    public long lostEvents() {
        return listeners.lost();
    }

    /**
     * Refuses new sends, and waits for sends under way, for calls that outlast them and for listeners, together as long
     * as {@link EmailServiceBuilder#closeTimeout} allows. Then it interrupts what is left, gives that a second to end,
     * and frees what the service owns. May be called more than once; not from a listener, for which it would wait.
     */
    @Override
    public void close() {
        if (!inFlight.close()) {
            return;
        }
        Until end = Until.in(closeTimeout, time);
        int left = inFlight.await(end.left());
        if (left > 0) {
            log.warn("Closed with {} sends still under way after {}", left, closeTimeout);
        }
        boolean idle = awaitIdle(end);
        ownExecutors.forEach(executor -> SendQueue.refuse(executor.shutdownNow()));
        routes.forEach(Route::cancel);
        Until lastMoment = Until.in(end.left().plus(LAST_MOMENT), time);
        if (!idle || left > 0) {
            awaitIdle(lastMoment);
            inFlight.await(lastMoment.left());
        }
        for (Route route : routes) {
            close(route.name(), route::close);
        }
        listeners.close(lastMoment);
        if (fleet != null) {
            close("fleet", fleet::close);
        }
    }

    /** Returns whether no call of a provider is under way any more. */
    private boolean awaitIdle(Until end) {
        try {
            for (Route route : routes) {
                if (!route.awaitIdle(end.left())) {
                    return false;
                }
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static void close(String what, Runnable close) {
        try {
            close.run();
        } catch (RuntimeException e) {
            log.warn("Closing {} failed with a {}", what, e.getClass().getSimpleName());
        }
    }
}
