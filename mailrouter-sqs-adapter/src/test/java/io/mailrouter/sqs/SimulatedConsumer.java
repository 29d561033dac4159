package io.mailrouter.sqs;

import io.mailrouter.EmailServiceClosedException;
import io.mailrouter.sqs.message.EmailMessages;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One life of a consumer: the real one, all of it, but each step of its threads is driven from outside. */
final class SimulatedConsumer {

    private static final EmailMessages MESSAGES = EmailMessages.upTo(10_000);

    private final Simulation world;
    private final String name;
    private final Settings settings;
    private final SimulatedConnection connection;
    private final SimulatedService service;
    private final Consumption run;
    private final List<Polling> pollers = new ArrayList<>();
    private final PriorityQueue<Alarmed> alarms = new PriorityQueue<>();
    private final List<Sender> senders = new ArrayList<>();
    private final SendQueue waiting = new SendQueue();
    private @Nullable Permits permits;
    private @Nullable DeleteBatcher deletes;
    private @Nullable LeaseKeeper keeper;
    private boolean deleting;
    private boolean keeping;
    private boolean dead;
    private boolean fatal;
    private int concurrency;
    private boolean ending;
    private boolean ended;

    /** A polling thread, and where it is. */
    private static final class Polling {
        private final Poller poller;
        private Gate.@Nullable Pass pass;
        private long sleepsUntil;
        private boolean busy;

        private Polling(Poller poller, long now) {
            this.poller = poller;
            this.sleepsUntil = now;
        }
    }

    /** What is to be run later. */
    private record Alarmed(long at, int number, Runnable task) implements Comparable<Alarmed> {
        @Override
        public int compareTo(Alarmed other) {
            return at == other.at ? Integer.compare(number, other.number) : Long.compare(at - other.at, 0);
        }
    }

    /** A sending thread, and where it is. */
    private static final class Sender {
        private final Delivery delivery;
        private final SimulatedService.Call call;
        private MessageHandler.@Nullable Handled handled;
        private boolean busy;

        private Sender(Delivery delivery) {
            this.delivery = delivery;
            this.call = new SimulatedService.Call(delivery.lease().id());
        }
    }

    /** A thread that is never started: whoever starts it is told instead. */
    private static final class Parked extends Thread {
        private final Runnable onStart;

        private Parked(Runnable onStart) {
            this.onStart = onStart;
        }

        @Override
        public synchronized void start() {
            onStart.run();
        }
    }

    SimulatedConsumer(Simulation world, int number, EmailServiceClosedException closed) {
        this.world = world;
        this.name = "c" + number;
        this.settings = world.weather().settings();
        this.connection = new SimulatedConnection(world, this, settings);
        this.service = new SimulatedService(world, this, closed);
        InstantSource clock = world::instant;
        this.run = new Consumption(new Consumption.Parts(
                connection,
                settings,
                new Surroundings(clock, this::nanos, new Random(world.random().nextLong())),
                MESSAGES,
                service,
                service,
                world.weather().deadLetters()
                        ? new DeadLetterQueue(SqsCalls.of(connection.deadLetters()), "dead.fifo")
                        : null,
                new QueueFacts("arn:simulated", Duration.ofDays(4), Optional.empty()),
                List.of(this::heard),
                Tracing.none(),
                this::await,
                this::wakeLater,
                this::threads,
                this::pool,
                why -> fatal = true));
        this.concurrency = settings.concurrency();
        run.start();
    }

    /** After a crash time is over, so that what still waits for something gives up. */
    private long nanos() {
        return dead ? world.nanos() + Duration.ofDays(1).toNanos() : world.nanos();
    }

    private ThreadFactory threads(String role) {
        return task -> new Parked(() -> started(role, task));
    }

    private void started(String role, Runnable task) {
        if (role.equals("poll")) {
            Poller poller = (Poller) task;
            permits = poller.desk().permits();
            pollers.add(new Polling(poller, world.nanos()));
        } else if (role.equals("delete")) {
            deletes = (DeleteBatcher) task;
        } else if (role.equals("lease")) {
            keeper = (LeaseKeeper) task;
        }
    }

    /** A pool that gets no threads, and so leaves what it is given in its queue. */
    private ThreadPoolExecutor pool(int concurrency) {
        return new ThreadPoolExecutor(concurrency, concurrency, 0, TimeUnit.SECONDS, waiting, task -> null);
    }

    private void heard(QueueEvent event) {
        if (dead) {
            return;
        }
        world.ledger().heard(this, event);
        if (event instanceof QueueEvent.Returned returned) {
            connection.returned(returned.messageId());
        }
    }

    private void await(Duration time) {
        if (!dead) {
            world.sleep(this, time);
        }
    }

    int owned() {
        return run.stats().owned();
    }

    boolean owns() {
        return owned() > 0;
    }

    boolean isDead() {
        return dead;
    }

    boolean isEnding() {
        return ending;
    }

    void crash() {
        world.note(() -> this + " crashes");
        dead = true;
    }

    /** Lets one thread, by chance, take one step. */
    void step(Random random) {
        if (fatal && !ending) {
            stop();
            return;
        }
        switch (random.nextInt(10)) {
            case 0, 1 ->
                pollers.stream()
                        .skip(random.nextInt(Math.max(1, pollers.size())))
                        .findFirst()
                        .ifPresent(this::poll);
            case 2, 3 -> begin();
            case 4, 5 ->
                senders.stream()
                        .skip(random.nextInt(Math.max(1, senders.size())))
                        .findFirst()
                        .ifPresent(this::send);
            case 6 -> delete();
            case 7 -> watch(random);
            case 8 -> wake();
            default -> keep();
        }
    }

    private void watch(Random random) {
        run.watchOnce();
        if (random.nextInt(10) == 0) {
            concurrency = 1 + random.nextInt(settings.concurrency());
            world.note(() -> this + " sends " + concurrency + " at a time");
            run.concurrency(concurrency);
        }
    }

    /** Returns how many messages it may hold. */
    int capacity() {
        return concurrency + settings.prefetch();
    }

    /** Lets every thread take its next step, so that none is behind. */
    void stepAll() {
        if (fatal && !ending) {
            stop();
        }
        keep();
        delete();
        wake();
        List.copyOf(pollers).forEach(this::poll);
        while (begin()) {
            world.note(() -> this + " goes on");
        }
        List.copyOf(senders).forEach(this::send);
        keep();
    }

    /** Does what must not be late in a machine that is not overloaded: heartbeats and deletes. */
    void keepPace() {
        keep();
        delete();
    }

    private void poll(Polling polling) {
        if (dead || polling.busy || polling.sleepsUntil - world.nanos() > 0) {
            return;
        }
        Poller poller = polling.poller;
        Gate.Pass pass = polling.pass;
        if (pass == null) {
            if (!poller.isWanted()) {
                pollers.remove(polling);
                return;
            }
            pass = poller.desk().gate().tryEnter();
            boolean asks = pass == Gate.Pass.OPEN || pass == Gate.Pass.PROBE;
            polling.pass = asks ? pass : null;
            return;
        }
        Permits permits = poller.desk().permits();
        if (permits.free() == 0) {
            return;
        }
        if (world.has(Flaw.LEAKING_PERMIT)) {
            permits.take();
        }
        polling.busy = true;
        if (world.has(Flaw.GREEDY_POLL)) {
            connection.receive(capacity() + 1);
        }
        Duration pause = poller.poll(pass, permits.acquire(poller.most(pass)));
        polling.busy = false;
        polling.pass = null;
        polling.sleepsUntil = world.nanos() + pause.toNanos();
    }

    private void wakeLater(Duration time, Runnable task) {
        alarms.add(new Alarmed(world.nanos() + time.toNanos(), world.next(), task));
    }

    private void wake() {
        Alarmed next = alarms.peek();
        if (!dead && next != null && next.at - world.nanos() <= 0) {
            alarms.remove(next);
            next.task.run();
        }
    }

    private boolean begin() {
        Runnable next = dead || senders.size() >= concurrency ? null : waiting.poll();
        if (next == null) {
            return false;
        }
        Delivery delivery = (Delivery) next;
        if (delivery.begin()) {
            world.note(() -> this + " begins " + delivery.lease().id());
            senders.add(new Sender(delivery));
        }
        return true;
    }

    private void send(Sender sender) {
        if (dead || sender.busy) {
            return;
        }
        sender.busy = true;
        MessageHandler.Handled handled = sender.handled;
        if (handled == null) {
            service.resume(sender.call);
            handled = sender.delivery.send();
            // A closed service at the first step only means that the send goes on at the next.
            boolean goesOn = handled.serviceClosed() && !sender.call.hasEnded();
            sender.handled = goesOn ? null : handled;
        } else {
            sender.delivery.end(handled);
            senders.remove(sender);
        }
        sender.busy = false;
    }

    private void delete() {
        if (!dead && !deleting && deletes != null) {
            deleting = true;
            deletes.step();
            deleting = false;
        }
    }

    private void keep() {
        if (dead || keeping || keeper == null) {
            return;
        }
        keeping = true;
        senders.forEach(sender -> service.renew(sender.call));
        try {
            keeper.step(Duration.ZERO);
        } catch (InterruptedException e) {
            throw new AssertionError("nobody interrupts", e);
        }
        keeping = false;
    }

    void closeService() {
        world.note(() -> "the email service of " + this + " is closed");
        service.close();
    }

    /** Tells it to stop. */
    void stop() {
        world.note(() -> this + " is told to stop");
        ending = true;
        run.beginStop();
    }

    /** Says whether nothing of it runs any more, so that it may end. */
    boolean isAtRest() {
        return ending && !ended && senders.isEmpty() && pollers.isEmpty() && waiting.isEmpty();
    }

    /** Ends what was told to stop. */
    void end() {
        ended = true;
        StopReport report = run.stop();
        if (report.abandoned() != owned()) {
            world.ledger().violated(this + " owns " + owned() + " messages and reports " + report);
        }
    }

    /** Says whether it has let go of everything. */
    boolean hasEnded() {
        return ended && owned() == 0;
    }

    /** Says whether each permit is either free or held for a message. */
    boolean keepsItsPermits() {
        if (permits == null) {
            return true;
        }
        service.bound(false);
        int free = permits.free();
        service.bound(true);
        return free == Math.max(0, capacity() - owned());
    }

    ConsumerStats stats() {
        return run.stats();
    }

    @Override
    public String toString() {
        return name;
    }
}
