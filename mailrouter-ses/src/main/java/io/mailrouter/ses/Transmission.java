package io.mailrouter.ses;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttribute;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.Abortable;
import software.amazon.awssdk.http.SdkHttpResponse;

/**
 * How far one call has come: whether a byte of its body may have left, and which status was answered.
 *
 * <p>Written by the calling thread and read by it after the call, so that nothing needs a lock.
 */
final class Transmission {

    /** Whether a byte of the body left. Nobody can tell for a client that was handed in without our interceptor. */
    enum Body {
        UNSENT,
        BEGUN,
        UNTOLD
    }

    static final ExecutionAttribute<Transmission> ATTRIBUTE = new ExecutionAttribute<>("io.mailrouter.Transmission");

    /** Far more than any answer of SES holds. */
    private static final int MAX_ANSWER = 64 << 10;

    private Body body;
    private boolean transmitting;
    private int status;

    private Transmission(Body body) {
        this.body = body;
    }

    /** Returns that of a client with {@link #watcher()}. */
    static Transmission watched() {
        return new Transmission(Body.UNSENT);
    }

    /** Returns that of any other client. */
    static Transmission unwatched() {
        return new Transmission(Body.UNTOLD);
    }

    Body body() {
        return body;
    }

    /** Returns the status of the answer, 0 if there was none. */
    int status() {
        return status;
    }

    /** Returns what tells each call's transmission how far it has come. */
    static ExecutionInterceptor watcher() {
        return new Watcher();
    }

    private static final class Watcher implements ExecutionInterceptor {

        private static final List<String> RETRY_HINTS = List.of("Retry-After", "x-amz-retry-after");

        @Override
        public Optional<RequestBody> modifyHttpContent(
                Context.ModifyHttpRequest context, ExecutionAttributes attributes) {
            Transmission transmission = attributes.getAttribute(ATTRIBUTE);
            Optional<RequestBody> body = context.requestBody();
            if (transmission == null || body.isEmpty()) {
                return body;
            }
            RequestBody whole = body.get();
            return Optional.of(RequestBody.fromContentProvider(
                    () -> transmission.watch(whole.contentStreamProvider().newStream()),
                    whole.optionalContentLength().orElse(0L),
                    whole.contentType()));
        }

        /** The signer has read the body by now, so that whoever reads it from here on writes it to the wire. */
        @Override
        public void beforeTransmission(Context.BeforeTransmission context, ExecutionAttributes attributes) {
            Transmission transmission = attributes.getAttribute(ATTRIBUTE);
            if (transmission != null) {
                transmission.transmitting = true;
            }
        }

        @Override
        public void afterTransmission(Context.AfterTransmission context, ExecutionAttributes attributes) {
            Transmission transmission = attributes.getAttribute(ATTRIBUTE);
            if (transmission != null) {
                transmission.status = context.httpResponse().statusCode();
            }
        }

        /** SES gives no such hint, and the SDK fails by an exception of its own on a negative one. */
        @Override
        public SdkHttpResponse modifyHttpResponse(Context.ModifyHttpResponse context, ExecutionAttributes attributes) {
            SdkHttpResponse.Builder response = context.httpResponse().toBuilder();
            RETRY_HINTS.forEach(response::removeHeader);
            return response.build();
        }

        @Override
        public Optional<InputStream> modifyHttpResponseContent(
                Context.ModifyHttpResponse context, ExecutionAttributes attributes) {
            return context.responseBody().map(BoundedStream::new);
        }
    }

    private InputStream watch(InputStream in) {
        return new FilterInputStream(in) {
            @Override
            public int read() throws IOException {
                reading();
                return super.read();
            }

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                reading();
                return super.read(buffer, offset, length);
            }
        };
    }

    private void reading() {
        if (transmitting) {
            body = Body.BEGUN;
        }
    }

    /** Ends an answer that does not end by itself, and with it the connection, which would else be read to its end. */
    private static final class BoundedStream extends FilterInputStream {

        private int left = MAX_ANSWER;

        BoundedStream(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            return isOver() ? -1 : counted(super.read());
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            if (isOver()) {
                return -1;
            }
            int count = super.read(buffer, offset, Math.min(length, left));
            left -= Math.max(count, 0);
            return count;
        }

        private int counted(int read) {
            left--;
            return read;
        }

        private boolean isOver() {
            if (left <= 0 && in instanceof Abortable connection) {
                connection.abort();
            }
            return left <= 0;
        }
    }
}
