package io.mailrouter.sendgrid;

import com.sendgrid.Method;
import com.sendgrid.Request;
import io.mailrouter.provider.CallWatch.Reason;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import org.apache.http.client.methods.HttpPost;
import org.apache.http.entity.ByteArrayEntity;

/** One request on its way: how long it may take, and how far it has come. */
final class OneCall extends Request {

    private final RequestBody body;
    private final Duration remaining;
    private volatile boolean begun;
    private volatile String endedBy = "";

    OneCall(String endpoint, Map<String, String> headers, RequestBody body, Duration remaining) {
        this.body = body;
        this.remaining = remaining;
        setMethod(Method.POST);
        setEndpoint(endpoint);
        headers.forEach(this::addHeader);
    }

    Duration remaining() {
        return remaining;
    }

    /** Says whether a byte of the body may have left. */
    boolean begun() {
        return begun;
    }

    /** Returns why we ended it ourselves, {@code timeout} or {@code interrupted}; empty if we did not. */
    String endedBy() {
        return endedBy;
    }

    /** Ends a request, whatever it waits for. The first reason is the one that holds. */
    void end(HttpPost request, Reason reason) {
        if (endedBy.isEmpty()) {
            endedBy = reason.name().toLowerCase(Locale.ROOT);
        }
        request.abort();
    }

    /** Returns the body, which notes when the first byte of it is written. */
    ByteArrayEntity entity() {
        return new ByteArrayEntity(body.bytes(), 0, body.size()) {
            @Override
            public void writeTo(OutputStream out) throws IOException {
                begun = true;
                super.writeTo(out);
            }
        };
    }
}
