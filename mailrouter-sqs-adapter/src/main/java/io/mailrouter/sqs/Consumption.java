package io.mailrouter.sqs;

import io.mailrouter.sqs.message.EmailMessages;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** One run of a consumer, from start to stop: the parts, put together, and the order in which they end. */
final class Consumption {

    /** How long what was interrupted at the end may take to say how its send ended. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(2);

    private static final Duration WATCH_EVERY = Duration.ofSeconds(1);

    private final MessageQueue queue;
    private final Settings settings;
    private final Surroundings around;
    private final Events events;
    private final Permits permits;
    private final boolean fifo;
    private final Order order;
    private final Optional<ScheduledExecutorService> timer;
    private final Leases leases;
    private final Gate gate;
    private final Intake intake;
    private final Deliveries deliveries;
    private final Arrivals arrivals;
    private final DeleteBatcher deletes;
    private final LeaseKeeper keeper;
    private final Pollers pollers;
    private final Polls polls;
    private final PollWatch watch;
    private final Poller.Desk desk;
    private final Thread deleteThread;
    private final Thread keeperThread;
    private final Thread watchThread;
    private final CountDownLatch stopSignal = new CountDownLatch(1);
    private final AtomicBoolean fatal = new AtomicBoolean();
    private final AtomicInteger released = new AtomicInteger();

    /**
     * What a run is given.
     *
     * @param waiting lets time pass; until the stop, if there is none
     * @param alarm wakes held groups; a thread of its own does, if there is none
     * @param threads makes the threads of a role
     * @param senders makes the threads that send, as many as that
     */
    record Parts(
            MessageQueue queue,
            Settings settings,
            Surroundings around,
            EmailMessages messages,
            Sending sending,
            Availability availability,
            @Nullable DeadLetterQueue deadLetterQueue,
            QueueFacts facts,
            List<QueueListener> listeners,
            MessageTracer tracer,
            @Nullable Waiting waiting,
            @Nullable Alarm alarm,
            Function<String, ThreadFactory> threads,
            IntFunction<ThreadPoolExecutor> senders,
            Consumer<String> onFatal) {}

    Consumption(Parts parts) {
        queue = parts.queue();
        settings = parts.settings();
        around = parts.around();
        List<QueueListener> listeners = new ArrayList<>(parts.listeners());
        listeners.add(this::countReleased);
        events = new Events(listeners, around);
        permits = new Permits(settings.capacity(), () -> parts.availability().takenWithin(settings.intakeAhead()));
        fifo = SqsQueue.isFifo(queue.name());
        leases = new Leases(settings, around, permits, this::ended);
        polls = new Polls(leases, around);
        watch = new PollWatch(settings, around);
        gate = new Gate(settings.probeEvery(), parts.availability(), around);
        deliveries = new Deliveries(parts.senders().apply(settings.concurrency()));
        intake = new Intake(
                gate,
                parts.availability(),
                settings.pauseWhenUnavailable(),
                queue.name(),
                events,
                () -> releaseWaiting("paused"),
                why -> endOnce(parts.onFatal(), why));
        timer = fifo && parts.alarm() == null ? Optional.of(holding(parts.threads())) : Optional.empty();
        Alarm alarm = parts.alarm() == null ? this::wakeLater : parts.alarm();
        order = fifo ? groupOrder(alarm) : new AnyOrder(deliveries, intake::notNow, this::letGo);
        deletes = new DeleteBatcher(queue, leases, events, settings.deleteLinger(), around, intake::met);
        keeper = new LeaseKeeper(queue, leases, events, settings, around, intake::met);
        Waiting waiting = parts.waiting() == null ? this::awaitStop : parts.waiting();
        MessageHandler handler = new MessageHandler(new MessageHandler.Parts(
                queue.name(),
                new MessageKey.Rule(parts.facts().arn(), settings.requireExplicitKey()),
                parts.messages(),
                parts.sending(),
                settings.policy(),
                parts.facts().retention(),
                intake::inOutage,
                intake::met,
                around));
        Delivery.Workplace workplace = new Delivery.Workplace(
                queue.name(),
                handler,
                settings.policy(),
                order,
                new DeadLettering(
                        parts.deadLetterQueue(),
                        settings.ifNoDeadLetterQueue(),
                        parts.facts().arn(),
                        waiting,
                        this::isToldToStop,
                        intake::met),
                deletes,
                keeper,
                intake,
                events,
                new Tracing(parts.tracer(), queue.name(), around),
                around);
        arrivals = new Arrivals(leases, permits, gate, workplace);
        pollers = new Pollers(settings, parts.threads().apply("poll"), this::poller);
        desk = new Poller.Desk(
                queue,
                settings.batchSize(),
                gate,
                permits,
                pollers,
                polls,
                watch,
                events,
                waiting,
                around,
                arrivals::handOn,
                arrivals::giveBack,
                intake::met);
        deleteThread = parts.threads().apply("delete").newThread(deletes);
        keeperThread = parts.threads().apply("lease").newThread(keeper);
        watchThread = parts.threads().apply("watch").newThread(this::watchPolls);
    }

    private Runnable poller(int index) {
        return new Poller(index, desk);
    }

    private void endOnce(Consumer<String> onFatal, String why) {
        if (fatal.compareAndSet(false, true)) {
            pollers.stop();
            gate.close();
            onFatal.accept(why);
        }
    }

    private void countReleased(QueueEvent event) {
        if (event instanceof QueueEvent.Returned returned && returned.code().equals("stopping")) {
            released.incrementAndGet();
        }
    }

    private void awaitStop(Duration time) {
        try {
            stopSignal.await(time.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static ScheduledExecutorService holding(Function<String, ThreadFactory> threads) {
        return Executors.newSingleThreadScheduledExecutor(threads.apply("hold"));
    }

    private void wakeLater(Duration time, Runnable task) {
        // What the task meets it tells itself.
        timer.ifPresent(thread -> {
            Future<?> unused = thread.schedule(task, time.toNanos(), TimeUnit.NANOSECONDS);
        });
    }

    private Order groupOrder(Alarm alarm) {
        return new GroupOrder(new GroupOrder.Parts(
                queue.name(),
                settings.policy(),
                settings.fifo(),
                () -> deliveries.concurrency() + settings.prefetch(),
                deliveries::begin,
                intake::notNow,
                alarm,
                events::tell,
                around,
                intake::met));
    }

    private void ended(Lease lease, boolean deleted) {
        // One that was given back or lost unsent showed nothing, and the gate must not wait for it.
        if (lease.endProbe()) {
            gate.probeEnded(false);
        }
        order.ended(lease, deleted);
    }

    private void releaseWaiting(String code) {
        order.releaseWaiting(code);
    }

    private void letGo(Lease lease, Throwable defect) {
        arrivals.letGo(lease, defect);
    }

    private void watchPolls() {
        while (!awaitStopSignal(WATCH_EVERY)) {
            watchOnce();
        }
    }

    /** Puts other pollers in the place of those that are overdue. */
    void watchOnce() {
        try {
            for (PollWatch.Poll poll : watch.giveUp(pollers.replaceable())) {
                events.tell(new QueueEvent.PollOverdue(queue.name(), watch.overdueAfter()));
                permits.release(poll.permits());
                if (poll.isProbe()) {
                    gate.probeEnded(false);
                }
                pollers.replace(poll.index());
            }
        } catch (Throwable defect) {
            intake.met(defect);
        }
    }

    /** Sets how many emails are sent at a time; sends under way go on. */
    synchronized void concurrency(int sends) {
        int capacity = sends + settings.prefetch();
        deliveries.resize(sends);
        permits.resize(capacity);
        pollers.resize(capacity);
    }

    void start() {
        deleteThread.start();
        keeperThread.start();
        watchThread.start();
        pollers.start();
    }

    /**
     * Ends the run, whatever interrupts come meanwhile. The outstanding poll is left to end by itself: a poll that is cut
     * off may take messages along that nobody then sees until their visibility ends.
     */
    StopReport stop() {
        long end = around.nanos() + settings.stopTimeout().toNanos();
        long endedBefore = leases.ended();
        beginStop();
        if (!deliveries.await(left(end))) {
            deliveries.interrupt();
            deliveries.await(LAST_WORDS);
        }
        // A poll that began just before may bring messages until its wait time is over, and they must not be forgotten.
        pollers.await(left(end).plus(settings.waitTime()).plus(LAST_WORDS));
        deletes.stop(longer(left(end), LAST_WORDS));
        Patience.await(longer(left(end), LAST_WORDS), deleteThread);
        keeper.stop();
        Patience.await(longer(left(end), LAST_WORDS), keeperThread);
        timer.ifPresent(ScheduledExecutorService::shutdownNow);
        int ended = (int) (leases.ended() - endedBefore);
        StopReport report = new StopReport(Math.max(0, ended - released.get()), released.get(), leases.count());
        events.tell(new QueueEvent.Stopped(queue.name(), report));
        return report;
    }

    /** Lets nothing begin any more, and gives back what has not begun. */
    void beginStop() {
        intake.stop();
        pollers.stop();
        gate.close();
        permits.close();
        stopSignal.countDown();
        order.releaseWaiting("stopping");
        deliveries.stop();
    }

    private Duration left(long end) {
        return Duration.ofNanos(Math.max(0, end - around.nanos()));
    }

    private static Duration longer(Duration a, Duration b) {
        return a.compareTo(b) > 0 ? a : b;
    }

    ConsumerStats stats() {
        return new ConsumerStats(
                events.received(),
                events.deleted(),
                events.returned(),
                events.deadLettered(),
                events.deleteLost(),
                events.leaseLost(),
                events.pollFailures(),
                leases.count(),
                leases.running(),
                deliveries.concurrency(),
                pollers.count(),
                gate.isPaused(),
                polls.isFailing(),
                polls.age());
    }

    Optional<Duration> idleFor() {
        return polls.idleFor();
    }

    /** Asks the queue only once the polls have found nothing for one wait time. */
    boolean isDrained() {
        return idleFor()
                        .filter(idle -> idle.compareTo(settings.waitTime()) >= 0)
                        .isPresent()
                && queue.size() == 0;
    }

    /** Returns whether the run was told to stop within the time. */
    boolean awaitStopSignal(Duration time) {
        awaitStop(time);
        return isToldToStop();
    }

    private boolean isToldToStop() {
        return stopSignal.getCount() == 0;
    }

    /** Says whether it met something that it cannot go on after. */
    boolean hasFailed() {
        return fatal.get();
    }
}
