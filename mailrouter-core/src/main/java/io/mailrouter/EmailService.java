package io.mailrouter;

import io.mailrouter.email.Email;
import io.mailrouter.event.SendTracer;
import io.mailrouter.health.Fleet;
import io.mailrouter.health.FleetSnapshot;
import io.mailrouter.health.HealthState;
import io.mailrouter.health.ServiceHealth;
import io.mailrouter.health.StoreStatus;
import io.mailrouter.suppression.SuppressionList;
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
 * thread, at most as long as the deadline. The service owns the providers, the fleet and the stores that it is built
 * with, and closes them; it closes nothing that those were given, nor an executor.
 */
public final class EmailService implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(EmailService.class);

    private static final Duration LAST_MOMENT = Duration.ofSeconds(1);

    private final List<Route> routes;
    private final Switchboard board;
    private final Operations operations;
    private final RoutingSender routing;
    private final ObservedSender sender;
    private final @Nullable Fleet fleet;
    private final @Nullable Keys keys;
    private final @Nullable SuppressionList suppression;
    private final @Nullable ExecutorService stores;
    private final List<ExecutorService> ownExecutors = new ArrayList<>();
    private final SendQueue queue;
    private final List<AutoCloseable> probers;
    private final BulkSender together;
    private final @Nullable SuppressingSender suppressing;
    private final int atOnce;
    private final Listeners listeners;
    private final Duration deadline;
    private final Duration closeTimeout;
    private final Time time;
    private final InFlight inFlight = new InFlight();

    EmailService(EmailServiceBuilder b) {
        time = b.time;
        Seldom seldom = new Seldom(time);
        listeners = new Listeners(b.listeners, b.maxWaitingEvents, seldom);
        SendTracer tracer = b.tracer == null ? GuardedTracer.NONE : new GuardedTracer(b.tracer, seldom);
        fleet = b.fleet;
        deadline = b.deadline;
        closeTimeout = b.closeTimeout;
        ExecutorService sends = b.executor != null ? b.executor : own(Threads.forSends());
        ExecutorService attempts = b.executor != null ? b.executor : own(Threads.forAttempts(b.attemptsAtOnce()));
        board = new Switchboard(b.names(), b.disabled, fleet, time, seldom);
        Route.Surroundings around = new Route.Surroundings(
                attempts, fleet, board, listeners, tracer, b.breaker.copy(), time, b.random, b.pause, seldom);
        routes = b.providers.entrySet().stream()
                .map(entry -> new Route(entry.getKey(), entry.getValue().copy(), around))
                .toList();
        if (fleet != null) {
            routes.forEach(route -> seldom.guard("fleet", () -> fleet.register(route.name())));
            routes.forEach(Route::begin);
        }
        stores = b.idempotency == null && b.suppression == null ? null : Threads.forStores();
        suppression = b.suppression;
        keys = b.idempotency == null || stores == null
                ? null
                : new Keys(b.idempotency, b.idempotencySettings, b.deadline, stores, time);
        Steps steps = new Steps(b, routes, keys, stores, listeners, tracer, seldom);
        routing = steps.routing();
        sender = steps.sender();
        together = steps.together();
        suppressing = steps.suppressing();
        if (keys != null) {
            keys.start();
        }
        atOnce = b.sendsAtOnce();
        operations = new Operations(routes, board, listeners, inFlight, false);
        queue = new SendQueue(sends, inFlight, atOnce, b.maxQueued, tracer);
        probers = routes.stream()
                .flatMap(route -> route.probe(b.beat, b.probing).stream())
                .toList();
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
     * @throws EmailRejectedException when the email is at fault, too late, or for suppressed recipients only, and was
     *     not sent
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
        if (result instanceof SendResult.Suppressed suppressed) {
            throw new EmailRejectedException("every recipient of the email is suppressed", suppressed);
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
        return queue.add(() -> sender.send(email).result());
    }

    /**
     * Sends emails, each in a request of its own, and returns what came of each, as {@link #trySend} does.
     *
     * @throws EmailServiceClosedException when the service is closed; nothing was sent
     */
    public List<SendResult> sendAll(List<Email> emails) {
        return sendAll(emails, Bulk.NEVER);
    }

    /**
     * Sends emails and returns what came of each. They are sent at the same time, as many as {@link #sendAsync} would,
     * on its threads; when those are all taken, on the calling one. Blocks until the last has ended.
     *
     * <p>No result is lost: an email that was not begun when the service closed or the thread was interrupted is {@link
     * SendResult.NotSent}, one that was still under way at the interrupt or met a defect {@link SendResult.Unknown}.
     *
     * @param bulk whether emails that are alike may travel in one request
     * @return a result for each email, in their order
     * @throws EmailServiceClosedException when the service is closed; nothing was sent
     */
    public List<SendResult> sendAll(List<Email> emails, Bulk bulk) {
        inFlight.enter();
        try {
            Mailing mailing = new Mailing(emails, sender, together);
            for (List<Crew.Task> round : bulk == Bulk.ALLOWED ? mailing.together() : mailing.singly()) {
                new Crew(queue, inFlight, atOnce).run(round);
            }
            return mailing.results();
        } finally {
            inFlight.leave();
        }
    }

    /**
     * Returns who would get an email now and who would be passed over and why. A dry run: nothing is sent, claimed or
     * counted, and no turn is used up. Answers from memory; neither keys nor suppressed recipients are looked at.
     *
     * <p>What a send leaves to chance is not in it: where a provider that is new or has just come back lets the others go
     * first, and where somebody else is tried out. The send's own plan says what came of that.
     */
    public RoutePlan route(Email email) {
        return routing.preview(email);
    }

    /** Says whether this service sends the emails of one idempotency key once; without a store it does not look at keys. */
    public boolean isIdempotent() {
        return keys != null;
    }

    /** Returns how long one send may take, as {@link EmailServiceBuilder#deadline} says. */
    public Duration deadline() {
        return deadline;
    }

    /** Returns how each provider is doing, in the order of registration. Answers from memory. */
    public List<ProviderStatus> providers() {
        board.hear();
        Optional<FleetSnapshot> snapshot = Optional.ofNullable(fleet).map(Fleet::snapshot);
        return routes.stream()
                .map(route -> new ProviderStatus(route, route.state(), snapshot.flatMap(s -> s.provider(route.name()))))
                .toList();
    }

    /** Returns whether each store that the service was given answered when it was last asked. Answers from memory. */
    public List<StoreStatus> stores() {
        List<StoreStatus> all = new ArrayList<>();
        if (fleet != null) {
            all.add(new StoreStatus(StoreStatus.Store.FLEET, fleet.snapshot().connected()));
        }
        if (keys != null) {
            all.add(new StoreStatus(StoreStatus.Store.IDEMPOTENCY, keys.isUp()));
        }
        if (suppressing != null) {
            all.add(new StoreStatus(StoreStatus.Store.SUPPRESSION, suppressing.isUp()));
        }
        return all;
    }

    /** Returns what an operator may do about the providers: switch one off, give it another weight, and so on. */
    public Operations operations() {
        return operations;
    }

    /**
     * Returns how the service is doing, for a health check. Answers from memory; asks no provider, queue or store. Down
     * only when the service is closed: whatever becomes of the providers, to start again would not mend them.
     */
    public ServiceHealth health() {
        List<ServiceHealth.Trouble> troubles = providers().stream()
                .filter(status -> status.state() != HealthState.UP)
                .map(status -> new ServiceHealth.Trouble(status.name(), status.state(), status.reason()))
                .toList();
        if (inFlight.isClosed()) {
            return new ServiceHealth(ServiceHealth.Level.DOWN, troubles);
        }
        return new ServiceHealth(troubles.isEmpty() ? ServiceHealth.Level.UP : ServiceHealth.Level.DEGRADED, troubles);
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
        queue.cutOff();
        ownExecutors.forEach(executor -> SendQueue.refuse(executor.shutdownNow()));
        routes.forEach(Route::cancel);
        Until lastMoment = Until.in(end.left().plus(LAST_MOMENT), time);
        if (!idle || left > 0) {
            awaitIdle(lastMoment);
            inFlight.await(lastMoment.left());
        }
        probers.forEach(prober -> close("a probe", prober));
        for (Route route : routes) {
            close(route.name(), route::close);
        }
        listeners.close(lastMoment);
        closeStores();
        if (fleet != null) {
            close("fleet", fleet);
        }
    }

    private void closeStores() {
        if (keys != null) {
            close("idempotency store", keys::close);
        }
        if (suppression != null) {
            close("suppression list", suppression);
        }
        if (stores != null) {
            stores.shutdownNow();
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

    private static void close(String what, AutoCloseable owned) {
        try {
            owned.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            log.warn("Closing {} failed with a {}", what, e.getClass().getSimpleName());
        }
    }
}
