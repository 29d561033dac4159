package io.mailrouter.testkit;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/** An HTTP answer. {@code Date} and {@code Content-Length} are added when it is written. Immutable. */
public final class Reply {

    private final int status;
    private final Map<String, String> headers;
    private final byte[] body;

    Reply(int status, Map<String, String> headers, byte[] body) {
        this.status = status;
        this.headers = Map.copyOf(headers);
        this.body = body;
    }

    /**
     * Returns an answer.
     *
     * @param status from 200 to 599
     * @param headers besides {@code Date} and {@code Content-Length}
     * @param body written as UTF-8
     */
    public static Reply of(int status, Map<String, String> headers, String body) {
        if (status < 200 || status > 599) {
            throw new IllegalArgumentException("status is " + status + ": 200 to 599 is needed");
        }
        return new Reply(status, headers, body.getBytes(StandardCharsets.UTF_8));
    }

    static Reply json(int status, Map<String, String> headers, String json) {
        return new Reply(status, headers, json.getBytes(StandardCharsets.UTF_8));
    }

    int status() {
        return status;
    }

    Map<String, String> headers() {
        return headers;
    }

    byte[] body() {
        return body;
    }

    boolean accepts() {
        return status >= 200 && status < 300;
    }

    /** Returns the status only. */
    @Override
    public String toString() {
        return "Reply[" + status + "]";
    }
}
