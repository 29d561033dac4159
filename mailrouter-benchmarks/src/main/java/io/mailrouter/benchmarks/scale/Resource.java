package io.mailrouter.benchmarks.scale;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.DoubleSupplier;

/** Something of which there is only so much: whoever finds none waits for it, first come, first served. */
final class Resource {

    private final String name;
    private final int capacity;
    private final DoubleSupplier clock;
    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private int held;
    private double heldTime;
    private double changedAt;

    Resource(String name, int capacity, DoubleSupplier clock) {
        this.name = name;
        this.capacity = capacity;
        this.clock = clock;
    }

    String name() {
        return name;
    }

    int capacity() {
        return capacity;
    }

    /** Takes one, now or later, and goes on. */
    void acquire(Runnable then) {
        if (held == capacity) {
            waiting.add(then);
            return;
        }
        change(1);
        then.run();
    }

    /** Gives one back, to who has waited longest. */
    void release() {
        Runnable next = waiting.poll();
        if (next == null) {
            change(-1);
        } else {
            next.run();
        }
    }

    private void change(int by) {
        heldTime();
        held += by;
    }

    /** Returns how many were held for how many seconds, since the last reset. */
    double heldTime() {
        double now = clock.getAsDouble();
        heldTime += held * (now - changedAt);
        changedAt = now;
        return heldTime;
    }

    void reset() {
        heldTime();
        heldTime = 0;
    }
}
