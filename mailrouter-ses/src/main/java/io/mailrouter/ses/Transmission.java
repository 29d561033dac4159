package io.mailrouter.ses;

import io.mailrouter.provider.CallWatch.Reason;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpResponse;

/**
 * How far one call has come: whether a byte of its body may have left, which status was answered, and whether we ended it.
 *
 * <p>Written by the calling thread and read by it after the call, but for its end, which comes from another thread.
 */
final class Transmission {

    /** Whether a byte of the body left. Nobody can tell for a client that was handed in without our HTTP client. */
    enum Body {
        UNSENT,
        BEGUN,
        UNTOLD
    }

    private static final List<String> RETRY_HINTS = List.of("Retry-After", "x-amz-retry-after");

    private final Thread caller = Thread.currentThread();
    private volatile Body body;
    private int status;
    private Optional<ExecutableHttpRequest> request = Optional.empty();
    private Optional<Reason> endedBy = Optional.empty();
    private boolean isOver;
    private boolean interrupted;

    private Transmission(Body body) {
        this.body = body;
    }

    /** Returns that of a call of this thread's through a {@link WatchedHttpClient}. */
    static Transmission watched() {
        return new Transmission(Body.UNSENT);
    }

    /** Returns that of a call through any other client. */
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

    /** Returns why the call failed: what the client says, unless we ended it. */
    synchronized SdkException failure(SdkException told) {
        if (endedBy.isEmpty()) {
            return told;
        }
        return endedBy.get() == Reason.TIMEOUT
                ? ApiCallTimeoutException.create("the attempt's time is over", told)
                : AbortedException.create("the thread was interrupted", told);
    }

    /** Returns the request with a body that notes when it begins to be read. */
    HttpExecuteRequest watched(HttpExecuteRequest whole) {
        Optional<ContentStreamProvider> content = whole.contentStreamProvider();
        return HttpExecuteRequest.builder()
                .request(whole.httpRequest())
                .contentStreamProvider(content.<ContentStreamProvider>map(c -> () -> noting(c.newStream()))
                        .orElse(null))
                .metricCollector(whole.metricCollector().orElse(null))
                .build();
    }

    /** Takes what would end the call from now on. */
    synchronized void endsWith(ExecutableHttpRequest executable) {
        request = Optional.of(executable);
    }

    /**
     * Notes the status and bounds the body. Hints when to try again go: SES gives none, and the SDK fails by an exception of
     * its own on a negative one.
     */
    HttpExecuteResponse answered(HttpExecuteResponse answer) {
        SdkHttpResponse head = answer.httpResponse();
        status = head.statusCode();
        if (answer.responseBody().isEmpty() && !hints(head)) {
            return answer;
        }
        return HttpExecuteResponse.builder()
                .response(hints(head) ? withoutHints(head) : head)
                .responseBody(answer.responseBody().map(AnswerStream::around).orElse(null))
                .build();
    }

    /**
     * Ends the call: its request where there is one, else its thread's wait, such as that for credentials. Called by
     * another thread.
     */
    void end(Reason reason) {
        ending(reason).ifPresent(ExecutableHttpRequest::abort);
    }

    private synchronized Optional<ExecutableHttpRequest> ending(Reason reason) {
        if (isOver) {
            return Optional.empty();
        }
        endedBy = endedBy.or(() -> Optional.of(reason));
        // Whoever has interrupted the thread already has done our work, and keeps the flag that is not ours.
        if (request.isEmpty() && reason == Reason.TIMEOUT && !caller.isInterrupted()) {
            interrupted = true;
            caller.interrupt();
        }
        return request;
    }

    /** Says whether we have ended it. What has not begun by then must not begin. */
    synchronized boolean isEnded() {
        return endedBy.isPresent();
    }

    /** Ends nothing from now on, and takes an interrupt of ours back. Called by the calling thread. */
    synchronized void isOver() {
        isOver = true;
        if (interrupted && endedBy.filter(first -> first == Reason.INTERRUPTED).isEmpty()) {
            Thread.interrupted();
        }
    }

    private static boolean hints(SdkHttpResponse head) {
        return RETRY_HINTS.stream()
                .anyMatch(name -> head.firstMatchingHeader(name).isPresent());
    }

    private static SdkHttpResponse withoutHints(SdkHttpResponse head) {
        SdkHttpResponse.Builder rest = head.toBuilder();
        RETRY_HINTS.forEach(rest::removeHeader);
        return rest.build();
    }

    private InputStream noting(InputStream in) {
        return new FilterInputStream(in) {
            @Override
            public int read() throws IOException {
                body = Body.BEGUN;
                return super.read();
            }

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                body = Body.BEGUN;
                return super.read(buffer, offset, length);
            }
        };
    }
}
