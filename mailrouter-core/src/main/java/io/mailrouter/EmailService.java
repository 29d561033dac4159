package io.mailrouter;

import io.mailrouter.email.Email;
import io.mailrouter.event.EmailListener;
import io.mailrouter.health.Fleet;
import io.mailrouter.health.FleetSnapshot;
import io.mailrouter.provider.EmailProvider;
import io.mailrouter.route.Routing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
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

    private final List<Route> routes;
    private final Sender sender;
    private final @Nullable Fleet fleet;
    private final List<ExecutorService> ownExecutors = new ArrayList<>();
    private final ExecutorService sends;
    private final Semaphore turn;
    private final Semaphore room;
    private final Duration closeTimeout;
    private final InFlight inFlight = new InFlight();

    private EmailService(Builder b) {
        Time time = b.time;
        Seldom seldom = new Seldom(time);
        List<EmailListener> listening = new ArrayList<>(b.listeners);
        listening.add(new LoggingListener(seldom));
        EmailListener listener = new Listeners(listening, seldom);
        fleet = b.fleet;
        closeTimeout = b.closeTimeout;
        turn = new Semaphore(b.sendsAtOnce());
        room = new Semaphore(b.sendsAtOnce() + b.maxQueued);
        sends = b.executor != null ? b.executor : own(Threads.forSends());
        ExecutorService attempts = b.executor != null ? b.executor : own(Threads.forAttempts());
        Route.Surroundings around =
                new Route.Surroundings(attempts, fleet, listener, b.breaker.copy(), time, b.random, seldom);
        routes = b.providers.entrySet().stream()
                .map(entry -> new Route(entry.getKey(), entry.getValue(), around))
                .toList();
        if (fleet != null) {
            routes.forEach(route -> seldom.guard("fleet", () -> fleet.register(route.name())));
        }
        sender = steps(b, listener, seldom, time);
    }

    /** The way of an email, from the outside in; {@link Route} puts together the steps around each provider. */
    private Sender steps(Builder b, EmailListener listener, Seldom seldom, Time time) {
        RoutingSender.Limits limits = new RoutingSender.Limits(b.deadline, b.maxAttempts, b.minAttemptTime);
        Sender routing = new RoutingSender(routes, b.routing, limits, listener, seldom, time);
        return new ObservedSender(routing, listener);
    }

    private ExecutorService own(ExecutorService executor) {
        ownExecutors.add(executor);
        return executor;
    }

    /** Returns a builder without any provider. */
    public static Builder builder() {
        return new Builder();
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
            return sender.send(email);
        } finally {
            inFlight.leave();
        }
    }

    /**
     * Sends an email on another thread: a virtual one on Java 21 and later, else one of a pool of 64. As many sends run
     * at once as one provider may have under way, and {@link Builder#maxQueued} more may wait.
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
        if (!room.tryAcquire()) {
            inFlight.leave();
            throw new RejectedExecutionException("as many sends wait as may: nothing was sent");
        }
        QueuedSend send = new QueuedSend(email);
        try {
            sends.execute(send);
        } catch (RejectedExecutionException full) {
            send.end();
            throw full;
        }
        return send.result;
    }

    /** A send that waits for a thread, and for its turn: at most as many run at once as one provider may have. */
    private final class QueuedSend implements Runnable {

        private final Email email;
        private final CompletableFuture<SendResult> result = new CompletableFuture<>();

        QueuedSend(Email email) {
            this.email = email;
        }

        @Override
        public void run() {
            try {
                turn.acquire();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                refuse();
                return;
            }
            try {
                result.complete(sender.send(email));
            } catch (Throwable defect) {
                result.completeExceptionally(defect);
            } finally {
                turn.release();
                end();
            }
        }

        /** Ends it unsent, for the service has closed; whoever waits for it must not wait for ever. */
        private void refuse() {
            result.completeExceptionally(new EmailServiceClosedException());
            end();
        }

        private void end() {
            room.release();
            inFlight.leave();
        }
    }

    /** Returns how each provider is doing, in the order of registration. Answers from memory. */
    public List<ProviderStatus> providers() {
        Optional<FleetSnapshot> snapshot = Optional.ofNullable(fleet).map(Fleet::snapshot);
        return routes.stream()
                .map(route -> new ProviderStatus(route, route.state(), snapshot.flatMap(s -> s.provider(route.name()))))
                .toList();
    }

    /**
     * Refuses new sends, waits for those under way as long as {@link Builder#closeTimeout} allows, and frees what the
     * service owns. May be called more than once.
     */
    @Override
    public void close() {
        if (!inFlight.close()) {
            return;
        }
        int left = inFlight.await(closeTimeout);
        if (left > 0) {
            log.warn("Closed with {} sends still under way after {}", left, closeTimeout);
        }
        for (ExecutorService executor : ownExecutors) {
            executor.shutdownNow().stream()
                    .filter(QueuedSend.class::isInstance)
                    .map(QueuedSend.class::cast)
                    .forEach(QueuedSend::refuse);
        }
        for (Route route : routes) {
            close(route.name(), route::close);
        }
        if (fleet != null) {
            close("fleet", fleet::close);
        }
    }

    private static void close(String what, Runnable close) {
        try {
            close.run();
        } catch (RuntimeException e) {
            log.warn("Closing {} failed with a {}", what, e.getClass().getSimpleName());
        }
    }

    /** Collects what a service is made of. Not safe to share between threads. */
    public static final class Builder {

        private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");

        private final Map<EmailProvider, ProviderSettings> providers = new LinkedHashMap<>();
        private final Set<String> names = new HashSet<>();
        private final List<EmailListener> listeners = new ArrayList<>();
        private final BreakerSettings breaker = new BreakerSettings();
        private Routing routing = Routing.inOrder();
        private @Nullable Fleet fleet;
        private @Nullable ExecutorService executor;
        private Duration deadline = Duration.ofSeconds(30);
        private int maxAttempts = 3;
        private Duration minAttemptTime = Duration.ofSeconds(5);
        private Duration closeTimeout = Duration.ofSeconds(30);
        private int maxQueued = 10_000;
        private Time time = Time.system();
        private RandomGenerator random = new Random();

        private Builder() {}

        /** Adds a provider. At least one is needed; the order counts for {@link Routing#inOrder()}. */
        public Builder provider(EmailProvider provider) {
            return provider(provider, settings -> {});
        }

        /**
         * Adds a provider and says how it is used.
         *
         * @throws IllegalArgumentException when its name is malformed or taken
         */
        public Builder provider(EmailProvider provider, Consumer<ProviderSettings> use) {
            String name = provider.name();
            if (!NAME.matcher(name).matches()) {
                throw new IllegalArgumentException("provider name '" + name
                        + "' is malformed: lower-case letters, digits and hyphens are needed, at most 63");
            }
            if (!names.add(name)) {
                throw new IllegalArgumentException("provider name '" + name + "' is taken: names must be unique");
            }
            ProviderSettings settings = new ProviderSettings();
            use.accept(settings);
            providers.put(provider, settings);
            return this;
        }

        /** Sets the strategy. {@link Routing#inOrder()} by default. */
        public Builder routing(Routing strategy) {
            routing = strategy;
            return this;
        }

        /** Shares what is learnt with other nodes. By default a service knows only what it sees itself. */
        public Builder fleet(Fleet shared) {
            fleet = shared;
            return this;
        }

        /** Adds a listener. */
        public Builder listener(EmailListener listener) {
            listeners.add(listener);
            return this;
        }

        /** Changes when a provider is left alone after failures; see {@link BreakerSettings} for the defaults. */
        public Builder breaker(Consumer<BreakerSettings> change) {
            change.accept(breaker);
            return this;
        }

        /** Sets how long one send may take, all attempts together. 30 s by default. */
        public Builder deadline(Duration value) {
            deadline = Range.positive("deadline", value);
            return this;
        }

        /** Sets how many attempts one send may make, one per provider. 3 by default. */
        public Builder maxAttempts(int attempts) {
            maxAttempts = Range.within("maxAttempts", attempts, 1, 1_000);
            return this;
        }

        /**
         * Sets how much time must be left for a further attempt to begin. 5 s by default, and never more than a quarter
         * of the deadline.
         */
        public Builder minAttemptTime(Duration value) {
            minAttemptTime = Range.positive("minAttemptTime", value);
            return this;
        }

        /** Sets how long {@link EmailService#close()} waits for sends under way. 30 s by default. */
        public Builder closeTimeout(Duration value) {
            closeTimeout = Range.notNegative("closeTimeout", value);
            return this;
        }

        /** Sets how many sends may wait in {@link EmailService#sendAsync} for their turn. 10,000 by default. */
        public Builder maxQueued(int sends) {
            maxQueued = Range.within("maxQueued", sends, 0, 10_000_000);
            return this;
        }

        /**
         * Runs {@link EmailService#sendAsync} and attempts of providers that do not keep the deadline themselves on
         * this executor, which the service does not close. A send holds its thread while such an attempt waits
         * for another, so leave room for both. By default the service has threads of its own.
         */
        public Builder executor(ExecutorService value) {
            executor = value;
            return this;
        }

        /** What one provider may have under way: with more, a burst would spill over to one that only stands by. */
        private int sendsAtOnce() {
            return providers.values().stream()
                    .mapToInt(ProviderSettings::maxInFlight)
                    .max()
                    .orElse(1);
        }

        Builder time(Time value) {
            time = value;
            return this;
        }

        Builder random(RandomGenerator value) {
            random = value;
            return this;
        }

        /**
         * Returns the service.
         *
         * @throws IllegalArgumentException when it has no provider
         */
        public EmailService build() {
            if (providers.isEmpty()) {
                throw new IllegalArgumentException("provider is missing: at least one is needed");
            }
            return new EmailService(this);
        }
    }
}
