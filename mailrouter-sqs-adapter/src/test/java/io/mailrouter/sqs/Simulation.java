package io.mailrouter.sqs;

import io.mailrouter.EmailService;
import io.mailrouter.EmailServiceClosedException;
import io.mailrouter.email.Email;
import io.mailrouter.idempotency.IdempotencyStore;
import io.mailrouter.idempotency.InMemoryIdempotencyStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A queue, consumers and an email service on one thread and in virtual time: one seed decides what happens when. The
 * consumers are the real ones; the queue, the provider and the threads are not.
 */
final class Simulation {

    private static final EmailServiceClosedException CLOSED = closed();
    private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");
    private static final long MILLI = 1_000_000L;
    private static final int STEPS = 150;
    private static final int DEEPEST = 2;

    private final Random random;
    private final Flaw flaw;
    private final Weather weather;
    private final SimulatedQueue queue;
    private final Ledger ledger = new Ledger(this);
    private final @Nullable IdempotencyStore store;
    private final @Nullable StringBuilder history;
    private final List<SimulatedConsumer> alive = new ArrayList<>();
    private final long firstNano;
    private long now;
    private int sent;
    private int started;
    private int numbers;
    private int depth;
    private boolean down;
    private long downSince;
    private boolean calm;

    private Simulation(long seed, Flaw flaw, boolean tells) {
        this.flaw = flaw;
        random = new Random(seed);
        weather = Weather.of(random);
        queue = new SimulatedQueue(this, random);
        // The monotonic clock may begin anywhere, and overflow.
        firstNano = random.nextBoolean() ? Long.MAX_VALUE - 1_000 * MILLI : 0;
        now = firstNano;
        store = weather.store()
                ? InMemoryIdempotencyStore.builder().nanoTime(this::nanos).build()
                : null;
        history = tells ? new StringBuilder() : null;
    }

    /** Runs one history and returns the kinds of what happened. Fails with all of it if it breaks a rule. */
    static Set<String> run(long seed) {
        Simulation first = new Simulation(seed, Flaw.NONE, false);
        first.live();
        if (!first.ledger.violations().isEmpty()) {
            throw new AssertionError("seed " + seed + ": " + first.ledger.violations() + "\n" + history(seed));
        }
        return first.ledger.seen();
    }

    /** Returns the rules that a history breaks in which something is wrong on purpose. */
    static List<String> violations(long seed, Flaw flaw) {
        Simulation flawed = new Simulation(seed, flaw, false);
        flawed.live();
        return flawed.ledger.violations();
    }

    /** Returns all that happens with a seed. */
    static String history(long seed) {
        Simulation again = new Simulation(seed, Flaw.NONE, true);
        again.live();
        return again.weather + "\n" + again.history;
    }

    private static EmailServiceClosedException closed() {
        EmailService service =
                EmailService.builder().provider(FakeProvider.accepting()).build();
        service.close();
        try {
            service.trySend(Email.builder()
                    .from("no-reply@example.com")
                    .to("ada@example.org")
                    .subject("s")
                    .text("t")
                    .build());
        } catch (EmailServiceClosedException closed) {
            return closed;
        }
        throw new AssertionError("a closed service sends");
    }

    private void live() {
        if (random.nextInt(6) == 0) {
            toggle();
        }
        for (int i = 0; i < STEPS && ledger.violations().isEmpty(); i++) {
            act();
            check();
        }
        calm = true;
        if (down) {
            toggle();
        }
        for (int i = 0; i < 3_000 && ledger.violations().isEmpty() && !isDrained(); i++) {
            round();
        }
        alive.forEach(SimulatedConsumer::stop);
        for (int i = 0; i < 1_000 && ledger.violations().isEmpty() && !alive.isEmpty(); i++) {
            round();
        }
        if (!alive.isEmpty()) {
            ledger.violated("not ended: " + alive);
        }
        ledger.closed();
    }

    /** One thing happens. */
    private void act() {
        int dice = random.nextInt(100);
        if (dice < 8) {
            send();
        } else if (dice < 22) {
            advance();
        } else if (dice == 22 || dice == 32) {
            toggle();
        } else if (dice == 23 && !alive.isEmpty()) {
            mayCrash(anyone());
        } else if (dice == 24 && !alive.isEmpty()) {
            stop(anyone());
        } else if (dice == 25 && !alive.isEmpty() && random.nextInt(8) == 0) {
            anyone().closeService();
        } else if (dice < 32) {
            start();
        } else if (!alive.isEmpty()) {
            anyone().step(random);
        }
    }

    private SimulatedConsumer anyone() {
        return alive.get(random.nextInt(alive.size()));
    }

    private void stop(SimulatedConsumer consumer) {
        if (!consumer.isEnding()) {
            consumer.stop();
        }
    }

    private void start() {
        if (alive.size() < weather.lives()) {
            alive.add(new SimulatedConsumer(this, ++started, CLOSED));
        }
    }

    private void toggle() {
        down = !down;
        note(() -> "the provider is " + (down ? "down" : "up"));
        if (down) {
            downSince = now;
        } else {
            ledger.outageEnded(now - downSince);
        }
    }

    /** A producer sends a message: most are good, some come with another's key or content. */
    private void send() {
        if (sent == weather.messages()) {
            return;
        }
        sent++;
        int dice = random.nextInt(12);
        String subject = (dice == 0 ? "refused" : dice == 1 ? "stale" : "good") + sent;
        String key = random.nextInt(3) == 0 ? "k" + random.nextInt(3) : "";
        if (!key.isEmpty() && random.nextInt(4) > 0) {
            subject = "good-" + key;
        }
        String body = dice == 2
                ? SimulatedQueue.JUNK
                : "{\"v\":1,\"from\":\"no-reply@example.com\",\"to\":[\"ada@example.org\"],\"subject\":\"" + subject
                        + "\"" + (key.isEmpty() ? "" : ",\"idempotencyKey\":\"" + key + "\"") + ",\"text\":\"Hello\"}";
        String attribute = random.nextInt(4) == 0 ? "a" + sent : "";
        queue.add(subject, body, attribute, weather.fifo() ? "g" + random.nextInt(2) : "");
        note(() -> "sent: " + body + " " + attribute);
    }

    /** Time passes, at once in rough weather, else so that no heartbeat is late. */
    private void advance() {
        long[] rough = {10, 100, 1_000, 6_000, 45_000, 61_000, 700_000, 20_000_000};
        long[] fair = {10, 100, 500, 2_000};
        long[] times = weather.rough() ? rough : fair;
        long millis = times[random.nextInt(times.length)];
        pass(depth > 0 && !weather.rough() ? Math.min(millis, 100) : millis);
    }

    private void pass(long millis) {
        boolean keepsPace = !weather.rough() || calm;
        long slice = keepsPace && alive.stream().anyMatch(SimulatedConsumer::owns) ? 250 : millis;
        for (long left = millis; left > 0; left -= slice) {
            if (keepsPace) {
                List.copyOf(alive).forEach(SimulatedConsumer::keepPace);
            }
            now += Math.min(left, slice) * MILLI;
        }
        note(() -> "time: " + Duration.ofNanos(now - firstNano));
    }

    /** Other threads run, for a moment, while one waits for an answer. */
    void others(SimulatedConsumer waiting) {
        if (!calm && !waiting.isDead() && depth < DEEPEST && random.nextInt(4) == 0) {
            depth++;
            for (int i = random.nextInt(4); i > 0; i--) {
                act();
            }
            depth--;
        }
    }

    /** Others run while a thread sleeps. */
    void sleep(SimulatedConsumer sleeping, Duration time) {
        others(sleeping);
        pass(Math.max(1, time.toMillis()));
    }

    void mayCrash(SimulatedConsumer consumer) {
        if (!calm && !consumer.isDead() && random.nextDouble() < weather.crashes()) {
            consumer.crash();
            ledger.saw("crash");
            alive.remove(consumer);
        }
    }

    private void check() {
        for (SimulatedConsumer consumer : List.copyOf(alive)) {
            if (!consumer.keepsItsPermits()) {
                ledger.violated(consumer + " lost a permit, or has one too many");
            }
            if (consumer.isAtRest()) {
                consumer.end();
            }
            if (consumer.hasEnded()) {
                ledger.ended(consumer);
                alive.remove(consumer);
            }
        }
    }

    /** All threads of all consumers go on, and time passes up to where something may happen next. */
    private void round() {
        if (alive.isEmpty()) {
            start();
        }
        List.copyOf(alive).forEach(SimulatedConsumer::stepAll);
        check();
        boolean idle = alive.stream().noneMatch(SimulatedConsumer::owns);
        long next = queue.untilNext();
        pass(idle && next > 1_000 * MILLI ? next / MILLI + 1 : idle ? 1_000 : 250);
    }

    private boolean isDrained() {
        return queue.left().isEmpty();
    }

    /** Says whether a fault comes now. */
    boolean strikes() {
        return !calm && weather.faults() > 0 && random.nextDouble() < weather.faults();
    }

    void note(Supplier<String> what) {
        if (history != null) {
            history.append("  ".repeat(depth)).append(what.get()).append('\n');
        }
    }

    boolean isDown() {
        return down;
    }

    long nanos() {
        return now;
    }

    Instant instant() {
        return instant(now);
    }

    Instant instant(long nanos) {
        return BEGIN.plusNanos(nanos - firstNano);
    }

    long millis(long nanos) {
        return instant(nanos).toEpochMilli();
    }

    int next() {
        return ++numbers;
    }

    boolean has(Flaw one) {
        return flaw == one;
    }

    Random random() {
        return random;
    }

    Weather weather() {
        return weather;
    }

    SimulatedQueue queue() {
        return queue;
    }

    Ledger ledger() {
        return ledger;
    }

    Optional<IdempotencyStore> store() {
        return Optional.ofNullable(store);
    }
}
