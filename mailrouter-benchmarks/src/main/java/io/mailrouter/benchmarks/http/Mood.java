package io.mailrouter.benchmarks.http;

import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * How a stand-in answers at the moment: after how long, and what each service does with what it has read. Safe to share
 * between threads.
 */
final class Mood {

    private enum Manner {
        ACCEPTS,
        FAILS,
        IS_SILENT
    }

    private final Map<Endpoint, ByteBuffer> acceptances = new EnumMap<>(Endpoint.class);
    private final Map<Endpoint, Manner> manners = new ConcurrentHashMap<>();
    private final ByteBuffer fault = Endpoint.fault();
    private volatile long latencyNanos;

    Mood() {
        for (Endpoint endpoint : Endpoint.values()) {
            acceptances.put(endpoint, endpoint.acceptance());
            manners.put(endpoint, Manner.ACCEPTS);
        }
    }

    long latencyNanos() {
        return latencyNanos;
    }

    void latency(long millis) {
        latencyNanos = TimeUnit.MILLISECONDS.toNanos(millis);
    }

    /** Takes {@code accepts}, {@code fails} or {@code silent}. */
    void set(Endpoint endpoint, String manner) {
        manners.put(
                endpoint,
                switch (manner) {
                    case "accepts" -> Manner.ACCEPTS;
                    case "fails" -> Manner.FAILS;
                    case "silent" -> Manner.IS_SILENT;
                    default -> throw new IllegalArgumentException("a service accepts, fails or is silent");
                });
    }

    /** Says whether the service takes the emails that it reads; a silent one does, and tells nobody. */
    boolean takes(Endpoint endpoint) {
        return manners.get(endpoint) != Manner.FAILS;
    }

    /** Returns what the service answers, nothing when it is silent. */
    Optional<ByteBuffer> answer(Endpoint endpoint) {
        return switch (manners.getOrDefault(endpoint, Manner.ACCEPTS)) {
            case ACCEPTS -> Optional.ofNullable(acceptances.get(endpoint));
            case FAILS -> Optional.of(fault);
            case IS_SILENT -> Optional.empty();
        };
    }
}
