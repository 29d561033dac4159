package io.mailrouter;

import java.util.random.RandomGenerator;

/** Chance that is the same on every JDK: SplitMix64, with ways to bound it that are written down here. */
final class SimulatedChance implements RandomGenerator {

    private long state;

    SimulatedChance(long seed) {
        state = seed;
    }

    @Override
    public long nextLong() {
        state += 0x9E3779B97F4A7C15L;
        long z = (state ^ (state >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    @Override
    public double nextDouble() {
        return (nextLong() >>> 11) * 0x1p-53;
    }

    @Override
    public long nextLong(long bound) {
        return (long) (nextDouble() * bound);
    }

    @Override
    public long nextLong(long origin, long bound) {
        return origin + nextLong(bound - origin);
    }

    @Override
    public int nextInt(int bound) {
        return (int) nextLong(bound);
    }

    @Override
    public int nextInt(int origin, int bound) {
        return (int) nextLong(origin, bound);
    }

    /** Returns a factor around 1: half are below, one in a hundred is above 1.8. */
    double spread() {
        double sum = 0;
        for (int i = 0; i < 12; i++) {
            sum += nextDouble();
        }
        return StrictMath.exp(0.25 * (sum - 6));
    }
}
