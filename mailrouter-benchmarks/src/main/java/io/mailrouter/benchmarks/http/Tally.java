package io.mailrouter.benchmarks.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * How often each email was taken, by the number that its text holds after a mark. Nothing is counted until it is asked
 * to, for looking into each body costs more than answering it. Safe to share between threads.
 */
final class Tally {

    /** What stands before the eight digits that name an email. */
    static final String MARK = "order-";

    private static final byte[] BYTES = MARK.getBytes(StandardCharsets.US_ASCII);
    private static final int DIGITS = 8;

    private final Map<Integer, Integer> times = new HashMap<>();
    private volatile boolean counts;

    /** Counts from now on, beginning at nothing. */
    synchronized void begin() {
        times.clear();
        counts = true;
    }

    /** Counts the email of a request that was just taken. */
    void accepted(ByteBuffer request) {
        if (counts) {
            int at = mark(request);
            if (at >= 0) {
                count(number(request, at + BYTES.length));
            }
        }
    }

    private synchronized void count(int number) {
        times.merge(number, 1, Integer::sum);
    }

    /** Returns how many emails were taken, and how many of them more than once. */
    synchronized String line() {
        long twice = times.values().stream().filter(count -> count > 1).count();
        return times.size() + " " + twice;
    }

    private static int mark(ByteBuffer request) {
        for (int i = request.position(); i <= request.limit() - BYTES.length - DIGITS; i++) {
            if (request.get(i) == BYTES[0] && isMark(request, i)) {
                return i;
            }
        }
        return -1;
    }

    private static boolean isMark(ByteBuffer request, int at) {
        return ByteBuffer.wrap(BYTES).equals(request.duplicate().position(at).limit(at + BYTES.length));
    }

    private static int number(ByteBuffer request, int from) {
        int value = 0;
        for (int i = from; i < from + DIGITS; i++) {
            value = value * 10 + request.get(i) - '0';
        }
        return value;
    }
}
