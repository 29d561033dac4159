package io.mailrouter;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Runs its tasks when virtual time passes, on the thread that lets it pass. */
final class ManualBeat implements Beat {

    private final VirtualTime time;
    private final List<Runnable> tasks = new CopyOnWriteArrayList<>();

    ManualBeat(VirtualTime time) {
        this.time = time;
    }

    @Override
    public AutoCloseable every(Duration pause, Runnable task) {
        tasks.add(task);
        return () -> tasks.remove(task);
    }

    int tasks() {
        return tasks.size();
    }

    void run() {
        tasks.forEach(Runnable::run);
    }

    /** Lets time pass, with a beat in every second. */
    void pass(Duration pause) {
        for (long second = 0; second < pause.toSeconds(); second++) {
            time.pass(Duration.ofSeconds(1));
            run();
        }
    }
}
