package io.mailrouter.benchmarks.http;

import java.nio.charset.StandardCharsets;

/**
 * Where a POST request begins and ends among bytes that were read, by its Content-Length or its chunks.
 *
 * @param begin where its first line begins
 * @param end where the next request would begin, -1 when not all of it is there
 * @param asksFirst whether its head is there and the client waits for leave to send the body
 * @param endpoint whom it is for; of no meaning while it is not whole
 */
record RequestBytes(int begin, int end, boolean asksFirst, Endpoint endpoint) {

    static final RequestBytes NONE = new RequestBytes(0, -1, false, Endpoint.SES);

    private static final byte[] LENGTH = ascii("content-length:");
    private static final byte[] CHUNKED = ascii("transfer-encoding: chunked");
    private static final byte[] EXPECT = ascii("expect: 100-continue");
    private static final byte[] SENDGRID = ascii("post " + Endpoint.SENDGRID.path());

    boolean isWhole() {
        return end >= 0;
    }

    /** Looks at the bytes from one index to another. */
    static RequestBytes at(byte[] bytes, int from, int to) {
        int length = 0;
        boolean chunked = false;
        boolean expects = false;
        int line = from;
        int next = lineAfter(bytes, line, to);
        while (next >= 0 && next - line > 2) {
            switch (bytes[line] | 0x20) {
                case 'c' -> length = begins(bytes, line, next, LENGTH) ? number(bytes, line + LENGTH.length) : length;
                case 't' -> chunked |= begins(bytes, line, next, CHUNKED);
                case 'e' -> expects |= begins(bytes, line, next, EXPECT);
                default -> {}
            }
            line = next;
            next = lineAfter(bytes, line, to);
        }
        if (next < 0) {
            return NONE;
        }
        int end = chunked ? endOfChunks(bytes, next, to) : next + length;
        boolean whole = end >= 0 && end <= to;
        Endpoint endpoint = begins(bytes, from, to, SENDGRID) ? Endpoint.SENDGRID : Endpoint.SES;
        return new RequestBytes(from, whole ? end : -1, expects && !whole, endpoint);
    }

    private static int endOfChunks(byte[] bytes, int from, int to) {
        int line = from;
        int next = lineAfter(bytes, line, to);
        while (next >= 0) {
            int size = hex(bytes, line);
            line = next + size + 2;
            if (line > to) {
                return -1;
            }
            if (size == 0) {
                return line;
            }
            next = lineAfter(bytes, line, to);
        }
        return -1;
    }

    /** Returns where the line after this one begins, -1 when this one has no end yet. */
    private static int lineAfter(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] == '\n') {
                return i + 1;
            }
        }
        return -1;
    }

    private static boolean begins(byte[] bytes, int from, int to, byte[] lower) {
        if (to - from < lower.length) {
            return false;
        }
        for (int i = 0; i < lower.length; i++) {
            int c = bytes[from + i];
            if ((c >= 'A' && c <= 'Z' ? c | 0x20 : c) != lower[i]) {
                return false;
            }
        }
        return true;
    }

    private static int number(byte[] bytes, int from) {
        int i = from;
        while (bytes[i] == ' ') {
            i++;
        }
        int value = 0;
        for (; bytes[i] >= '0' && bytes[i] <= '9'; i++) {
            value = value * 10 + bytes[i] - '0';
        }
        return value;
    }

    private static int hex(byte[] bytes, int from) {
        int value = 0;
        for (int i = from; Character.digit(bytes[i], 16) >= 0; i++) {
            value = value * 16 + Character.digit(bytes[i], 16);
        }
        return value;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
