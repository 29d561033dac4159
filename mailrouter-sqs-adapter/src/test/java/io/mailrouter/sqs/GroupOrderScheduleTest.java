package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;

/**
 * Thousands of schedules on a virtual clock, against a FIFO queue in memory: sends fail, deletes and leases are lost, calls
 * fail, intake pauses, the consumer stops. The order inside each group is always kept, nothing is lost, no permit is lost.
 */
class GroupOrderScheduleTest {

    private static final int SCHEDULES = 1_000;
    private static final Settings SETTINGS =
            ConsumerSettingsTest.settings(b -> b.concurrency(4).prefetch(10));

    @Test
    @DisplayName("Q12 whatever fails, a group's order is kept, and no message and no permit is lost")
    void keepsTheOrderOfEveryGroup() {
        long seed = System.nanoTime();
        System.out.println("GroupOrderScheduleTest seed " + seed);
        Random seeds = new Random(seed);
        int held = 0;
        int lost = 0;
        int returned = 0;
        for (int i = 0; i < SCHEDULES; i++) {
            long one = seeds.nextLong();
            World world = new World(one);
            try {
                world.run();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("schedule " + i + " of seed " + seed + ", its own seed is " + one, e);
            }
            held += world.heldOnce;
            lost += world.lostOnce;
            returned += world.returnedOnce;
        }

        // A schedule in which nothing goes wrong would show nothing.
        assertThat(held).isGreaterThan(SCHEDULES);
        assertThat(lost).isGreaterThan(SCHEDULES / 10);
        assertThat(returned).isGreaterThan(SCHEDULES);
    }

    /** A message as the queue sees it. */
    private static final class Stored {
        private final String group;
        private final int number;
        private long hiddenUntil = Long.MIN_VALUE;
        private int receives;

        Stored(String group, int number) {
            this.group = group;
            this.number = number;
        }

        @Override
        public String toString() {
            return group + number;
        }
    }

    private static final class World {

        private final Random random;
        /** Amazon SQS hands out nothing of a group with a hidden message, ElasticMQ what stands before the first of them. */
        private final boolean strict;

        private final Map<String, List<Stored>> queue = new HashMap<>();
        private final PriorityQueue<Event> agenda =
                new PriorityQueue<>(Comparator.comparingLong(Event::at).thenComparingLong(Event::number));
        private final Deque<Turn> waiting = new ArrayDeque<>();
        private final Set<Stored> sending = new HashSet<>();
        private final Permits permits = new Permits(SETTINGS.capacity());
        private final Surroundings around;
        private final Leases leases;
        private final GroupOrder order;
        private long now;
        private long events;
        private long keeperFree;
        private int busy;
        private boolean faults = true;
        private boolean paused;
        private boolean stopping;
        private int heldOnce;
        private int lostOnce;
        private int returnedOnce;

        private record Event(long at, long number, Runnable task) {}

        World(long seed) {
            random = new Random(seed);
            strict = random.nextBoolean();
            around = new Surroundings(() -> Instant.EPOCH, () -> now, random);
            leases = new Leases(SETTINGS, around, permits, this::ended);
            order = new GroupOrder(new GroupOrder.Parts(
                    "q",
                    SETTINGS.policy(),
                    new FifoPolicy(
                            random.nextInt(4) == 0 ? FifoTransient.RELEASE : FifoTransient.HOLD,
                            Duration.ofSeconds(1 + random.nextInt(60)),
                            FifoRejected.CONTINUE),
                    SETTINGS::capacity,
                    this::begin,
                    lease -> stopping ? Optional.of("stopping") : paused ? Optional.of("paused") : Optional.empty(),
                    (time, task) -> after(time.toMillis(), task),
                    event -> heldOnce++,
                    around,
                    defect -> {
                        throw new AssertionError(defect);
                    }));
        }

        private void ended(Lease lease, boolean deleted) {
            order.ended(lease, deleted);
        }

        private void after(long millis, Runnable task) {
            agenda.add(new Event(now + Duration.ofMillis(millis).toNanos(), events++, task));
        }

        void run() {
            int groups = 1 + random.nextInt(4);
            for (int i = 0; i < 30; i++) {
                String group = String.valueOf((char) ('a' + random.nextInt(groups)));
                List<Stored> messages = queue.computeIfAbsent(group, id -> new ArrayList<>());
                messages.add(new Stored(group, i));
            }
            after(0, this::poll);
            after(random.nextInt(60_000), this::pause);
            if (random.nextInt(4) == 0) {
                passUntil(Duration.ofMillis(random.nextInt(40_000)));
                stop();
                assertThat(queue.values().stream().flatMap(List::stream))
                        .as("hidden for ever")
                        .noneMatch(stored -> stored.hiddenUntil == Long.MAX_VALUE);
                return;
            }
            passUntil(Duration.ofSeconds(60 + random.nextInt(120)));
            // No more faults, so that everything must come to its end.
            faults = false;
            paused = false;
            passUntil(Duration.ofHours(10));
            assertThat(queue.values().stream().flatMap(List::stream).toList()).isEmpty();
            stop();
        }

        private void passUntil(Duration time) {
            while (!agenda.isEmpty() && agenda.peek().at <= time.toNanos() && !(queue.isEmpty() && !faults)) {
                Event event = agenda.remove();
                now = event.at;
                event.task.run();
            }
            now = time.toNanos();
        }

        private void stop() {
            stopping = true;
            order.releaseWaiting("stopping");
            while (!agenda.isEmpty()) {
                Event event = agenda.remove();
                now = Math.max(now, event.at);
                event.task.run();
            }
            assertThat(leases.count()).isZero();
            assertThat(permits.acquire(1_000)).isEqualTo(SETTINGS.capacity());
        }

        private void pause() {
            if (!faults || stopping) {
                return;
            }
            paused = true;
            order.releaseWaiting("paused");
            after(random.nextInt(20_000), () -> {
                paused = false;
                after(random.nextInt(60_000), this::pause);
            });
        }

        private void poll() {
            if (stopping) {
                return;
            }
            if (!paused && leases.count() < SETTINGS.capacity()) {
                int taken = permits.acquire(1 + random.nextInt(10));
                List<Stored> batch = receive(taken);
                permits.release(taken - batch.size());
                order.accept(batch.stream().map(this::turn).toList());
            }
            after(100 + random.nextInt(1_000), this::poll);
        }

        private Turn turn(Stored stored) {
            stored.hiddenUntil = Long.MAX_VALUE;
            stored.receives++;
            Message message = Message.builder()
                    .messageId(stored.toString())
                    .attributes(Map.of(MessageSystemAttributeName.MESSAGE_GROUP_ID, stored.group))
                    .build();
            return new Sent(stored, stored.receives, leases.add(message, false));
        }

        private List<Stored> receive(int max) {
            List<Stored> batch = new ArrayList<>();
            List<String> groups = new ArrayList<>(queue.keySet());
            Collections.shuffle(groups, random);
            for (String group : groups) {
                List<Stored> messages = queue.get(group);
                if (strict && messages.stream().anyMatch(message -> message.hiddenUntil > now)) {
                    continue;
                }
                for (Stored message : messages) {
                    if (message.hiddenUntil > now || batch.size() >= max) {
                        break;
                    }
                    batch.add(message);
                }
            }
            return batch;
        }

        private boolean begin(Turn turn) {
            if (stopping) {
                return false;
            }
            waiting.add(turn);
            after(0, this::work);
            return true;
        }

        private void work() {
            while (busy < SETTINGS.concurrency() && !waiting.isEmpty()) {
                waiting.remove().run();
            }
        }

        private boolean goesWrong(int percent) {
            return faults && random.nextInt(100) < percent;
        }

        /** A message that was handed out. */
        private final class Sent implements Turn {

            private final Stored stored;
            private final int receive;
            private final Lease lease;

            Sent(Stored stored, int receive, Lease lease) {
                this.stored = stored;
                this.receive = receive;
                this.lease = lease;
                if (goesWrong(3)) {
                    after(random.nextInt(5_000), this::lose);
                }
            }

            @Override
            public Lease lease() {
                return lease;
            }

            /** The queue hands it out again from now on; the consumer sees it a little later, or never. */
            private void lose() {
                if (!isOurs()) {
                    return;
                }
                lostOnce++;
                stored.hiddenUntil = now;
                after(random.nextInt(2_000), () -> {
                    lease.extensionFailed(now, true);
                    if (lease.runsOut(now) && !lease.isStarted()) {
                        leases.end(lease);
                    }
                });
            }

            private boolean isOurs() {
                return leases.owned().contains(lease) && stored.receives == receive;
            }

            @Override
            public void run() {
                if (stopping || paused) {
                    order.release(this, stopping ? "stopping" : "paused");
                    return;
                }
                if (!lease.start()) {
                    return;
                }
                assertThat(sending.stream().filter(other -> other.group.equals(stored.group)))
                        .as("two of a group at a time")
                        .isEmpty();
                assertThat(queue.getOrDefault(stored.group, List.of()).stream()
                                .filter(other -> other.number < stored.number)
                                .collect(Collectors.toList()))
                        .as("still there before %s", stored)
                        .isEmpty();
                sending.add(stored);
                busy++;
                after(1 + random.nextInt(3_000), this::end);
            }

            private void end() {
                sending.remove(stored);
                busy--;
                if (goesWrong(30)) {
                    Duration delay = Duration.ofSeconds(random.nextInt(20));
                    order.notSent(this, new Disposition.Return(delay, "refused", false));
                } else if (goesWrong(5)) {
                    order.giveBack(this, Duration.ofSeconds(1 + random.nextInt(60)), "not_dead_lettered");
                } else {
                    lease.done();
                    after(random.nextInt(200), this::delete);
                }
                work();
            }

            /** An old receipt deletes nothing. */
            private void delete() {
                boolean deleted = isOurs() && stored.hiddenUntil == Long.MAX_VALUE && !goesWrong(5);
                if (deleted) {
                    queue.get(stored.group).remove(stored);
                    queue.values().removeIf(List::isEmpty);
                } else if (isOurs()) {
                    stored.hiddenUntil =
                            now + Duration.ofSeconds(random.nextInt(60)).toNanos();
                }
                leases.end(lease, deleted);
            }

            @Override
            public boolean hold() {
                return lease.hold();
            }

            @Override
            public boolean release(Duration delay, String code) {
                boolean released = lease.release();
                if (released) {
                    changeVisibility(delay);
                }
                return released;
            }

            @Override
            public void giveBack(Duration delay, String code) {
                lease.giveBack();
                changeVisibility(delay);
            }

            /** One change after the other, as the keeper's thread makes them. */
            private void changeVisibility(Duration delay) {
                returnedOnce++;
                keeperFree = Math.max(keeperFree, now)
                        + Duration.ofMillis(random.nextInt(50)).toNanos();
                agenda.add(new Event(keeperFree, events++, () -> {
                    if (isOurs() && stored.hiddenUntil == Long.MAX_VALUE) {
                        Duration hidden = goesWrong(5) ? Duration.ofSeconds(60) : delay;
                        stored.hiddenUntil = now + hidden.toNanos();
                    }
                    leases.end(lease);
                }));
            }
        }
    }
}
