package io.mailrouter.sendgrid;

import com.sendgrid.Method;
import com.sendgrid.Request;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.apache.http.client.methods.HttpPost;
import org.apache.http.entity.ByteArrayEntity;

/** One request on its way: how long it may take, and how far it has come. */
final class OneCall extends Request {

    private final Duration remaining;
    private volatile boolean begun;
    private volatile boolean timedOut;

    OneCall(String endpoint, Map<String, String> headers, String body, Duration remaining) {
        this.remaining = remaining;
        setMethod(Method.POST);
        setEndpoint(endpoint);
        setBody(body);
        headers.forEach(this::addHeader);
    }

    Duration remaining() {
        return remaining;
    }

    /** Says whether a byte of the body may have left. */
    boolean begun() {
        return begun;
    }

    /** Says whether the deadline has ended it. */
    boolean timedOut() {
        return timedOut;
    }

    /** Ends a request at the deadline, whatever it waits for. */
    void end(HttpPost request) {
        timedOut = true;
        request.abort();
    }

    /** Returns the body, which notes when the first byte of it is written. */
    ByteArrayEntity entity() {
        return new ByteArrayEntity(getBody().getBytes(StandardCharsets.UTF_8)) {
            @Override
            public void writeTo(OutputStream out) throws IOException {
                begun = true;
                super.writeTo(out);
            }
        };
    }
}
