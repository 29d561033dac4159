package io.mailrouter.redis;

import io.mailrouter.health.CircuitNews;
import io.mailrouter.health.FleetCircuit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The last circuit of each provider that this node knows of, and what the store is to be told. Safe to share between
 * threads.
 *
 * <p>The circuit with the highest epoch counts. An open one that the store has lost is told to it again by every node that
 * knows it, so that a wiped store brings no provider back.
 */
final class CircuitBook {

    /** Failures that were seen longer ago say nothing about now, and nobody waits so long for a lease. */
    private static final Duration SOON = Duration.ofSeconds(10);

    /** A trial that has failed says no more about now, and is no reason to leave the provider alone for longer. */
    private static final Duration LATE = Duration.ofMinutes(1);

    /** What else has happened is outranked by any later decision, so that it may be told even after an outage. */
    private static final Duration LATEST = Duration.ofHours(1);

    private final LongSupplier nanoTime;
    private final RandomGenerator random;
    private final Map<String, SharedCircuit> known = new HashMap<>();
    private final Map<Slot, CircuitNews> news = new LinkedHashMap<>();
    private final Map<String, SharedCircuit> lost = new HashMap<>();
    private volatile Map<String, FleetCircuit> circuits = Map.of();

    private record Slot(String provider, CircuitNews.Kind kind) {}

    /**
     * Something to tell, as the script reads it.
     *
     * @param provider about whom
     * @param news what has happened; null for a circuit that the store has lost
     * @param word what has happened
     * @param arguments all but the channel and the names
     */
    record Note(String provider, @Nullable CircuitNews news, String word, List<String> arguments) {}

    /** @param random spreads the times to be left alone */
    CircuitBook(LongSupplier nanoTime, RandomGenerator random) {
        this.nanoTime = nanoTime;
        this.random = random;
    }

    /** Notes what has happened on this node. */
    synchronized void add(String provider, CircuitNews happened) {
        Slot slot = new Slot(provider, happened.kind());
        news.remove(slot);
        news.put(slot, happened);
    }

    /** Returns all that is known, by provider. */
    Map<String, FleetCircuit> circuits() {
        return circuits;
    }

    /** Returns what the store is to be told now, first what it has lost. */
    synchronized List<Note> waiting() {
        long now = nanoTime.getAsLong();
        news.entrySet().removeIf(entry -> isOutOfDate(entry.getValue(), now));
        List<Note> notes = new ArrayList<>();
        lost.forEach((provider, circuit) -> {
            List<String> words =
                    new ArrayList<>(List.of(Long.toString(circuit.circuit().epoch())));
            words.addAll(List.of("0", "0", "0", "0", "0"));
            words.addAll(circuit.arguments(now));
            notes.add(new Note(provider, null, "known", words));
        });
        news.forEach((slot, one) -> notes.add(
                new Note(slot.provider(), one, slot.kind().name().toLowerCase(Locale.ROOT), arguments(one, now))));
        return notes;
    }

    private static boolean isOutOfDate(CircuitNews one, long now) {
        Duration worth = switch (one.kind()) {
            case OPENED, WANTED -> SOON;
            case FAILED -> LATE;
            case PASSED, RESET -> LATEST;
        };
        return now - one.at() > worth.toNanos();
    }

    private List<String> arguments(CircuitNews one, long now) {
        return List.of(
                Long.toString(one.epoch()),
                Long.toString(Math.max(0, Duration.ofNanos(now - one.at()).toMillis())),
                Long.toString(one.openFor().toMillis()),
                Long.toString(one.atMost().toMillis()),
                Long.toString(one.trial().toMillis()),
                Double.toString(random.nextDouble()));
    }

    /** Notes that the store has read something. What has happened since then is still to be told. */
    synchronized void told(Note note) {
        CircuitNews one = note.news();
        if (one == null) {
            lost.remove(note.provider());
        } else {
            news.remove(new Slot(note.provider(), one.kind()), one);
        }
    }

    /**
     * Takes in the answer of one exchange.
     *
     * @param providers who was asked for
     * @param heard what the store knows
     * @return what operators have begun anew since the last one, with the reading when they did
     */
    synchronized Map<String, Long> hear(Collection<String> providers, Map<String, SharedCircuit> heard) {
        lost.clear();
        Map<String, Long> anew = new HashMap<>();
        for (String provider : providers) {
            SharedCircuit before = known.get(provider);
            SharedCircuit there = heard.get(provider);
            if (before != null && (there == null || there.isOlderThan(before))) {
                if (there != null || before.circuit().isOpen()) {
                    lost.put(provider, before);
                }
            } else if (there != null && (before == null || !there.text().equals(before.text()))) {
                known.put(provider, there);
                if (there.circuit().state() == FleetCircuit.State.RESET) {
                    anew.put(provider, there.circuit().since());
                }
            }
        }
        Map<String, FleetCircuit> all = new HashMap<>();
        known.forEach((provider, circuit) -> all.put(provider, circuit.circuit()));
        circuits = Map.copyOf(all);
        return anew;
    }
}
