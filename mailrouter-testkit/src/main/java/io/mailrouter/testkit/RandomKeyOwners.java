package io.mailrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.idempotency.Claim;
import io.mailrouter.idempotency.IdempotencyStore;
import io.mailrouter.idempotency.KeyState;
import io.mailrouter.idempotency.Settlement;
import io.mailrouter.idempotency.Ticket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;

/**
 * Threads that use few keys at random, and a referee who knows who may own which.
 *
 * <p>Steps run side by side; when time passes no step is under way, so that the referee knows which leases have ended.
 */
final class RandomKeyOwners {

    private static final int KEYS = 3;
    private static final int THREADS = 8;
    private static final int STEPS = 250;
    private static final int STEPS_PER_LEASE = 150;
    private static final Duration WITHIN = Duration.ofSeconds(5);

    private final IdempotencyStore store;
    private final Consumer<Duration> pass;
    private final Duration lease;
    private final long seed = new Random().nextLong();
    private final ReadWriteLock time = new ReentrantReadWriteLock();
    private final Map<String, String> owners = new ConcurrentHashMap<>();
    private final Map<String, Settlement> sent = new ConcurrentHashMap<>();
    private final Queue<String> faults = new ConcurrentLinkedQueue<>();
    private final AtomicInteger tickets = new AtomicInteger();
    private final AtomicInteger grants = new AtomicInteger();

    RandomKeyOwners(IdempotencyStore store, Consumer<Duration> pass, Duration lease) {
        this.store = store;
        this.pass = pass;
        this.lease = lease;
    }

    void run() throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            Random random = new Random(seed + i);
            threads.add(new Thread(() -> steps(random), "owner-" + i));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        sent.forEach((key, settlement) -> {
            if (!(store.begin(ticket(key), WITHIN) instanceof Claim.Settled known)
                    || !known.settlement().equals(settlement)) {
                faults.add("a sent key was lost");
            }
        });

        assertThat(faults).as("seed " + seed).isEmpty();
        assertThat(grants.get()).as("grants with seed " + seed).isGreaterThan(KEYS);
    }

    private void passTime() {
        time.writeLock().lock();
        try {
            pass.accept(lease.plusMillis(lease.toMillis() / 2));
            owners.clear();
        } finally {
            time.writeLock().unlock();
        }
    }

    private void steps(Random random) {
        List<Ticket> mine = new ArrayList<>();
        for (int i = 0; i < STEPS; i++) {
            if (random.nextInt(STEPS_PER_LEASE) == 0) {
                passTime();
            }
            time.readLock().lock();
            try {
                step(random, mine);
            } catch (RuntimeException e) {
                faults.add("threw " + e);
            } finally {
                time.readLock().unlock();
            }
        }
    }

    private Ticket ticket(String key) {
        return new Ticket(key, "email", "owner-" + tickets.incrementAndGet(), lease);
    }

    private void step(Random random, List<Ticket> mine) {
        if (mine.isEmpty() || random.nextInt(3) == 0) {
            ask(ticket("key-" + random.nextInt(KEYS) + "-" + random.nextInt(3)), mine, random);
            return;
        }
        Ticket ticket = mine.get(random.nextInt(mine.size()));
        if (random.nextBoolean()) {
            boolean owns = ticket.owner().equals(owners.get(ticket.key()));
            if (store.renew(ticket, WITHIN) != owns) {
                faults.add("renewed: " + !owns + ", while it owns the key: " + owns);
            }
            return;
        }
        mine.remove(ticket);
        if (random.nextInt(4) > 0) {
            settle(ticket, random);
        }
    }

    private void ask(Ticket ticket, List<Ticket> mine, Random random) {
        Claim claim = store.begin(ticket, WITHIN);
        if (claim instanceof Claim.Settled known && known.settlement().state() == KeyState.AMBIGUOUS) {
            claim = random.nextBoolean() ? store.retake(ticket, known.owner(), WITHIN) : claim;
        }
        if (claim instanceof Claim.Granted) {
            grants.incrementAndGet();
            String other = owners.putIfAbsent(ticket.key(), ticket.owner());
            if (other != null) {
                faults.add(other + " and " + ticket.owner() + " own a key together");
            }
            if (sent.containsKey(ticket.key())) {
                faults.add("a sent key was granted");
            }
            mine.add(ticket);
        } else if (claim instanceof Claim.Settled known && known.settlement().state() == KeyState.SENT) {
            sees(ticket.key(), known.settlement());
        }
    }

    private void settle(Ticket ticket, Random random) {
        KeyState state = List.of(KeyState.SENT, KeyState.NOT_SENT, KeyState.NOT_SENT, KeyState.AMBIGUOUS)
                .get(random.nextInt(4));
        boolean owned = owners.remove(ticket.key(), ticket.owner());
        Settlement settlement = Settlement.of(state, "p", ticket.owner(), "random");
        boolean settled = store.settle(ticket, settlement, WITHIN);
        if (owned && !settled) {
            faults.add("an owner could not settle");
        }
        if (settled && state == KeyState.SENT) {
            sees(ticket.key(), settlement);
        }
    }

    private void sees(String key, Settlement settlement) {
        Settlement before = sent.putIfAbsent(key, settlement);
        if (before != null && !before.equals(settlement)) {
            faults.add("a key was sent twice");
        }
    }
}
