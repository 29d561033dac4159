package io.mailrouter.benchmarks.sending;

import java.util.Arrays;
import java.util.List;
import java.util.Scanner;

/** What came of the letters of one sender, or of several, and how long each took. Used by one thread. */
final class Watched {

    /** What may fail in any way. */
    interface Attempt {
        void run() throws Exception;
    }

    /**
     * The same, as it is told from one JVM to another.
     *
     * @param accepted how many letters the sender knows to be taken
     * @param others how many it was told that they are not, or that nobody knows
     * @param p99Micros within how long 99 of 100 sends were over, in microseconds
     * @param nanos how long all took together
     */
    record Summary(long accepted, long others, long p99Micros, long nanos) {

        static Summary parse(String line) {
            Scanner figures = new Scanner(line);
            return new Summary(figures.nextLong(), figures.nextLong(), figures.nextLong(), figures.nextLong());
        }
    }

    private long accepted;
    private long nanos;
    private int count;
    private long[] took = new long[1024];

    static Watched together(List<Watched> each, long nanos) {
        Watched all = new Watched();
        all.nanos = nanos;
        all.accepted = each.stream().mapToLong(Watched::accepted).sum();
        all.took = each.stream()
                .flatMapToLong(one -> Arrays.stream(one.took, 0, one.count))
                .sorted()
                .toArray();
        all.count = all.took.length;
        return all;
    }

    /** Makes an attempt. Whatever it throws is one that was not accepted. */
    void note(Attempt attempt) {
        long begin = System.nanoTime();
        try {
            attempt.run();
            accepted++;
        } catch (Exception notAccepted) {
            // Told by the difference between the two counts.
        }
        if (count == took.length) {
            took = Arrays.copyOf(took, count * 2);
        }
        took[count++] = System.nanoTime() - begin;
    }

    long accepted() {
        return accepted;
    }

    /** Returns it as a line that {@link Summary#parse} reads. */
    String line() {
        long p99 = count == 0 ? 0 : took[(int) ((count - 1) * 0.99)] / 1_000;
        return accepted + " " + (count - accepted) + " " + p99 + " " + nanos;
    }
}
