package io.mailrouter.redis;

import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.mailrouter.health.CircuitNews;
import io.mailrouter.health.FleetHold;
import io.mailrouter.health.FleetSnapshot;
import io.mailrouter.health.Order;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Exchanges with Redis, one exchange after the other, on a thread of its own, until told to end.
 *
 * <p>Whatever goes wrong with Redis is noted here and goes no further.
 */
final class FleetSync implements Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(RedisFleet.class);
    private static final Duration MIN_BACKOFF = Duration.ofMillis(50);
    private static final Duration MAX_BACKOFF = Duration.ofSeconds(2);

    /** So long a node that starts may wait for a server that is only slow. */
    private static final Duration JOINS_WITHIN = Duration.ofSeconds(2);

    /** A server that is only slow needs no new connection; one that is gone without a word does. */
    private static final int TIMEOUTS_PER_CONNECTION = 3;

    private final FleetSettings settings;
    private final Redis shared;
    private final Backlog backlog;
    private final FleetScript script;
    private final OutageLog outage;
    private final OrderBook book = new OrderBook(System::nanoTime);
    private final Alarm alarm;
    private final FleetTalk talk;
    private final LongAdder ignored = new LongAdder();
    private final CompletableFuture<Void> closing = new CompletableFuture<>();
    private final CompletableFuture<Void> begun = new CompletableFuture<>();
    private final List<Runnable> afterEach = new CopyOnWriteArrayList<>();
    private volatile FleetSnapshot snapshot = FleetSnapshot.none();
    private long startedAt;
    private int failures;
    private int timeouts;

    /** The orders that went with the last batch, and go with it again. */
    private Map<OrderBook.Slot, OrderBook.Entry> told = Map.of();

    /**
     * Prepares to exchange.
     *
     * @param shared hears which connection stands
     * @param alarm ends the pauses
     */
    FleetSync(FleetSettings settings, Map<String, Tally> tallies, Redis shared, Alarm alarm) {
        this.settings = settings;
        this.shared = shared;
        this.backlog = new Backlog(tallies, FleetSettings.TAU, System::nanoTime);
        this.script = new FleetScript(settings.keys(), settings.node(), FleetSettings.TAU, settings.nodeExpiry());
        this.talk = new FleetTalk(settings, System::nanoTime);
        this.outage = new OutageLog(LOG, settings.where(), System::nanoTime);
        this.alarm = alarm;
    }

    FleetSnapshot snapshot() {
        return snapshot;
    }

    /** Notes an order and exchanges as soon as possible. Does not wait for that. */
    void order(String provider, Order order) {
        book.add(provider, order);
        showAgain();
        alarm.ring();
    }

    /** Notes news of a circuit and tells them as soon as possible. Does not wait for that. */
    void circuit(String provider, CircuitNews news) {
        talk.add(provider, news);
        if (news.kind() == CircuitNews.Kind.RESET) {
            showAgain();
        }
        alarm.ring();
    }

    /** Notes a hold and tells it as soon as possible. Does not wait for that. */
    void hold(String provider, FleetHold hold) {
        talk.add(provider, hold);
        alarm.ring();
    }

    private void showAgain() {
        FleetSnapshot last = snapshot;
        show(last.connected(), last.nodes(), last.providers(), last.takenAt());
    }

    /**
     * Returns what ends when Redis has answered, or cannot be reached, or is slow for longer than a connection may take. A
     * first exchange is made at once for whoever asks.
     */
    CompletableFuture<Void> begun() {
        if (!begun.isDone()) {
            alarm.ring();
        }
        return begun;
    }

    /** Returns how many values at our keys could not be read so far. */
    long ignored() {
        return ignored.sum();
    }

    /** Has something told, after each exchange that succeeds, which must not hold it up. */
    void afterEach(Runnable told) {
        afterEach.add(told);
    }

    void noMoreAfterEach(Runnable told) {
        afterEach.remove(told);
    }

    /** Asks for a last exchange and the end. Does not wait. */
    void end() {
        closing.complete(null);
        alarm.ring();
    }

    @Override
    public void run() {
        try {
            exchangeUntilClosed();
        } finally {
            begun.complete(null);
        }
    }

    private void exchangeUntilClosed() {
        startedAt = System.nanoTime();
        Connector connector;
        try {
            connector = settings.connector().get();
        } catch (LinkageError | RuntimeException e) {
            LOG.error(
                    "Redis cannot be used: its client did not start ({}). Is Netty of the version in mailrouter-bom?",
                    e.getClass().getSimpleName(),
                    e);
            return;
        }
        Link link = new Link(connector);
        Hints hints = new Hints(connector, settings.keys().events(), alarm::hint, LOG, System::nanoTime);
        try {
            // The nodes of a fleet often start together; none of them comes at once.
            Duration pause = share(settings.syncEvery(), 0, 1);
            while (!closedWithin(pause)) {
                boolean more = backlog.isOpen();
                // What was counted since a batch that had to be told again follows at once.
                boolean done = exchange(link, false, connector.patience(), closing)
                        && (!more || exchange(link, false, connector.patience(), closing));
                if (done) {
                    hints.listen();
                } else if (!link.stands()) {
                    CompletableFuture<Void> unused = hints.drop();
                }
                pause = done || link.stands() ? share(settings.syncEvery(), 0.8, 1.2) : backoff();
            }
            CompletableFuture<Void> deaf = hints.drop();
            leave(link);
            // Before the client ends, and of a client that is not ours all that is.
            link.drop(deaf);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            disconnected();
            shared.stands(null);
            connector.close();
        }
    }

    /** Shares what is left. A batch that was not known to be applied goes first, and the rest after it. */
    private void leave(Link link) throws InterruptedException {
        CompletableFuture<Void> never = new CompletableFuture<>();
        boolean more = backlog.isOpen();
        if (exchange(link, true, settings.timeout(), never) && more) {
            exchange(link, true, settings.timeout(), never);
        }
    }

    /** Returns whether the exchange succeeded. */
    private boolean exchange(Link link, boolean leaves, Duration connectWithin, CompletableFuture<Void> giveUp)
            throws InterruptedException {
        backlog.gather();
        boolean again = backlog.isOpen();
        try {
            if (shared.foundLoss()) {
                link.renew();
            }
            RedisClusterAsyncCommands<String, String> redis = link.commands(connectWithin, giveUp);
            shared.stands(redis);
            talk.tell(redis);
            told = backlog.isOpen() ? told : book.waiting();
            Backlog.Batch batch = backlog.batch();
            FleetScript.Orders orders = (provider, topic) -> book.argument(told, provider, topic);
            FleetReply reply = script.run(redis, batch, orders, leaves, settings.timeout());
            backlog.applied(reply.stored());
            book.hear(batch.deltas().keySet(), reply.hasRead(batch.sequence()) ? told : Map.of(), reply.orders());
            talk.hear(batch.deltas().keySet(), reply);
            succeeded(reply, again);
            return true;
        } catch (TimeoutException | ExecutionException | RuntimeException e) {
            failed(link, e);
            return false;
        }
    }

    /** @param again whether the batch was one from before, and what was counted since is still to be told */
    private void succeeded(FleetReply reply, boolean again) {
        failures = 0;
        timeouts = 0;
        shared.answered();
        outage.succeeded();
        if (reply.ignored() > 0) {
            ignored.add(reply.ignored());
            outage.ignored(reply.ignored(), reply.culprit());
        }
        // Last, so that whoever sees the new state finds its reason in the log; and only with all that this node has
        // used.
        if (!again) {
            show(true, reply.nodes(), reply.providers(), System.nanoTime());
        }
        begun.complete(null);
        if (book.hasMoreThan(told)) {
            alarm.ring();
        }
        afterEach.forEach(Runnable::run);
    }

    /** Shown by whoever has learnt something: this thread, or one that was given an order. */
    private synchronized void show(
            boolean connected, int nodes, Map<String, FleetSnapshot.Provider> providers, long takenAt) {
        snapshot =
                new FleetSnapshot(connected, nodes, providers, book.orders(), talk.circuits(), talk.holds(), takenAt);
    }

    private void failed(Link link, Exception failure) throws InterruptedException {
        failures++;
        // A full server still answers what only reads.
        int more = failure instanceof TimeoutException ? timeouts + 1 : TIMEOUTS_PER_CONNECTION;
        timeouts = Trouble.isFull(failure) ? 0 : more;
        if (timeouts >= TIMEOUTS_PER_CONNECTION) {
            timeouts = 0;
            shared.stands(null);
            link.drop();
        }
        if (closing.isDone()) {
            LOG.debug("Redis was not there at the end: {}", Trouble.of(failure));
        } else {
            outage.failed(Trouble.of(failure));
        }
        disconnected();
        boolean slow = failure instanceof TimeoutException;
        if (!slow || System.nanoTime() - startedAt >= JOINS_WITHIN.toNanos()) {
            begun.complete(null);
        }
    }

    /** The last knowledge stays, with its age: whoever uses it lets it fade. */
    private void disconnected() {
        FleetSnapshot last = snapshot;
        if (last.connected()) {
            show(false, last.nodes(), last.providers(), last.takenAt());
        }
    }

    /** Waits until the pause is over, or something is there to be told or heard, or the end has come. */
    private boolean closedWithin(Duration pause) throws InterruptedException {
        alarm.await(pause);
        return closing.isDone();
    }

    /** Full jitter, so that a fleet does not come back as one. */
    private Duration backoff() {
        Duration ceiling = MIN_BACKOFF.multipliedBy(1L << Math.min(failures, 10));
        Duration longest = ceiling.compareTo(MAX_BACKOFF) < 0 ? ceiling : MAX_BACKOFF;
        return MIN_BACKOFF.plus(share(longest.minus(MIN_BACKOFF), 0, 1));
    }

    private Duration share(Duration whole, double from, double to) {
        double share = from + (to - from) * settings.random().nextDouble();
        return Duration.ofNanos((long) (whole.toNanos() * share));
    }
}
