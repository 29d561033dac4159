package io.mailrouter.ses;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.utils.AttributeMap;

/**
 * Ends a request when the thread that waits for it is interrupted.
 *
 * <p>A thread that waits for a socket does not notice an interrupt, so another one looks for it.
 */
final class InterruptibleHttpClient implements SdkHttpClient {

    private static final int CHECK_MILLIS = 50;

    private final SdkHttpClient client;
    private final ScheduledExecutorService timer;

    private InterruptibleHttpClient(SdkHttpClient client, ScheduledExecutorService timer) {
        this.client = client;
        this.timer = timer;
    }

    /** Wraps what a builder makes, so that the SDK still sets its defaults for the service. */
    static Builder<?> around(SdkHttpClient.Builder<?> builder, ScheduledExecutorService timer) {
        return new Around(builder, timer);
    }

    @Override
    public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
        ExecutableHttpRequest executable = client.prepareRequest(request);
        return new ExecutableHttpRequest() {
            @Override
            public HttpExecuteResponse call() throws IOException {
                return interruptibly(executable);
            }

            @Override
            public void abort() {
                executable.abort();
            }
        };
    }

    private HttpExecuteResponse interruptibly(ExecutableHttpRequest request) throws IOException {
        Thread caller = Thread.currentThread();
        Future<?> interrupts = timer.scheduleWithFixedDelay(
                () -> abortIfInterrupted(caller, request), CHECK_MILLIS, CHECK_MILLIS, TimeUnit.MILLISECONDS);
        try {
            return request.call();
        } catch (CancellationException aborted) {
            // The client's pool says so when a request is ended before its waiting thread has seen the interrupt.
            InterruptedIOException ended = new InterruptedIOException("ended while it waited for a connection");
            ended.initCause(aborted);
            throw ended;
        } finally {
            interrupts.cancel(false);
        }
    }

    private static void abortIfInterrupted(Thread caller, ExecutableHttpRequest request) {
        if (caller.isInterrupted()) {
            request.abort();
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
        private final ScheduledExecutorService timer;

        Around(Builder<?> builder, ScheduledExecutorService timer) {
            this.builder = builder;
            this.timer = timer;
        }

        @Override
        public SdkHttpClient buildWithDefaults(AttributeMap defaults) {
            return new InterruptibleHttpClient(builder.buildWithDefaults(defaults), timer);
        }
    }
}
