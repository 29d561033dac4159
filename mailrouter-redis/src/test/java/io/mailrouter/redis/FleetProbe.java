package io.mailrouter.redis;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;

/** The inside of a fleet, whose shared caller a test may use. */
final class FleetProbe implements AutoCloseable {

    private static final Script ANY = Script.named("fleet-sync.lua");

    private final Redis redis;
    private final FleetSync sync;
    private final Thread thread;
    private final AtomicBoolean away = new AtomicBoolean();
    private volatile boolean wasConnected;

    FleetProbe(String uri, String namespace) {
        Random random = new Random(7);
        FleetSettings settings = new FleetSettings(
                "a probe",
                () -> new OwnClient(RedisAddress.parse(uri), Optional.empty(), Optional.empty()),
                new FleetKeys(namespace),
                "probe",
                Duration.ofMillis(100),
                Duration.ofMillis(500),
                Duration.ofSeconds(15),
                random);
        Alarm alarm = new Alarm(random);
        this.redis = new Redis(alarm);
        this.sync = new FleetSync(settings, Map.of(), redis, alarm);
        this.thread = new Thread(sync, "mailrouter-redis-sync");
        this.thread.setDaemon(true);
        this.thread.start();
    }

    /** Says whether a script with its keys in the slot of this one is answered. */
    boolean calls(String key) {
        watch();
        String tag = key.substring(0, key.indexOf('}') + 1);
        try {
            List<Object> answer = redis.call(
                    ANY,
                    Duration.ofSeconds(1),
                    new String[] {tag + ":nodes", tag + ":seq"},
                    "probe",
                    "0",
                    "0",
                    "10000",
                    "15000");
            return !answer.isEmpty();
        } catch (RedisAwayException e) {
            return false;
        }
    }

    /** Returns the time of the last exchange in tenths of a second, which rises with each. */
    long exchanges() {
        watch();
        return sync.snapshot().takenAt() / Duration.ofMillis(100).toNanos();
    }

    boolean wasAway() {
        return away.get();
    }

    private void watch() {
        boolean connected = sync.snapshot().connected();
        wasConnected |= connected;
        if (wasConnected && !connected) {
            away.set(true);
        }
    }

    @Override
    public void close() {
        sync.end();
        try {
            thread.join(10_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
