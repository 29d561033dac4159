package io.mailrouter.ses;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.utils.AttributeMap;

/**
 * Tells the {@link Transmission} of the thread that makes a request how far it has come, and what would end it.
 *
 * <p>The SDK signs a request before it gets here, so that whoever reads its body from here on writes it to the wire.
 */
final class WatchedHttpClient implements SdkHttpClient {

    private final SdkHttpClient client;
    private final Map<Thread, Transmission> underWay;

    private WatchedHttpClient(SdkHttpClient client, Map<Thread, Transmission> underWay) {
        this.client = client;
        this.underWay = underWay;
    }

    /** Wraps what a builder makes, so that the SDK still sets its defaults for the service. */
    static Builder<?> around(SdkHttpClient.Builder<?> builder, Map<Thread, Transmission> underWay) {
        return new Around(builder, underWay);
    }

    @Override
    public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
        Optional<Transmission> transmission = Optional.ofNullable(underWay.get(Thread.currentThread()));
        ExecutableHttpRequest executable =
                client.prepareRequest(transmission.map(t -> t.watched(request)).orElse(request));
        transmission.ifPresent(t -> t.endsWith(executable));
        return new ExecutableHttpRequest() {
            @Override
            public HttpExecuteResponse call() throws IOException {
                if (transmission.filter(Transmission::isEnded).isPresent()) {
                    throw new InterruptedIOException("ended before its request began");
                }
                HttpExecuteResponse answer = answerOf(executable);
                return transmission.map(t -> t.answered(answer)).orElse(answer);
            }

            @Override
            public void abort() {
                executable.abort();
            }
        };
    }

    private static HttpExecuteResponse answerOf(ExecutableHttpRequest request) throws IOException {
        try {
            return request.call();
        } catch (CancellationException aborted) {
            // The client's pool says so when a request is ended before its waiting thread has seen the interrupt.
            InterruptedIOException ended = new InterruptedIOException("ended while it waited for a connection");
            ended.initCause(aborted);
            throw ended;
        }
    }

    @Override
    public String clientName() {
        return client.clientName();
    }

    @Override
    public void close() {
        client.close();
    }

    private static final class Around implements Builder<Around> {

        private final Builder<?> builder;
        private final Map<Thread, Transmission> underWay;

        Around(Builder<?> builder, Map<Thread, Transmission> underWay) {
            this.builder = builder;
            this.underWay = underWay;
        }

        @Override
        public SdkHttpClient buildWithDefaults(AttributeMap defaults) {
            return new WatchedHttpClient(builder.buildWithDefaults(defaults), underWay);
        }
    }
}
