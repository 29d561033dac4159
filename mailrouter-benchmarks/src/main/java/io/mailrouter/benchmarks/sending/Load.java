package io.mailrouter.benchmarks.sending;

import java.util.List;
import java.util.Locale;

/**
 * What contenders have to bear in one scenario.
 *
 * @param senders how many send at once
 * @param latencyMillis how long the service takes
 * @param bytes how large each email is
 */
record Load(int senders, int latencyMillis, int bytes) {

    private static final int SMALL = 2 << 10;
    private static final int LARGE = 60 << 10;

    static final List<Load> ALL = List.of(
            new Load(1, 0, SMALL),
            new Load(16, 0, SMALL),
            new Load(256, 0, SMALL),
            new Load(16, 0, LARGE),
            new Load(1, 50, SMALL),
            new Load(16, 50, SMALL),
            new Load(256, 50, SMALL));

    /** Under which clients are fastest. */
    static final Load FASTEST = new Load(16, 0, SMALL);

    static final List<Load> WITHOUT_LATENCY =
            List.of(new Load(1, 0, SMALL), new Load(16, 0, SMALL), new Load(256, 0, SMALL));

    /** Returns it as an order for {@link SendClient}. */
    String order(long millis) {
        return senders + " " + millis + " " + bytes;
    }

    String title() {
        String who = senders == 1 ? "1 sender" : senders + " senders";
        return String.format(Locale.ROOT, "%s, %d ms, %d KB", who, latencyMillis, bytes >> 10);
    }
}
