package io.mailrouter.ses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.testkit.Behaviour;
import io.mailrouter.testkit.LoopbackSes;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.utils.AttributeMap;

@Timeout(60)
class WatchedHttpClientTest {

    @Test
    @DisplayName("T3 ended while it waited for a connection, before the thread itself noticed: a failure, no defect")
    void endsAWaitForAConnectionAsAFailure() throws Exception {
        SdkHttpClient.Builder<?> one =
                Apache5HttpClient.builder().maxConnections(1).connectionAcquisitionTimeout(Duration.ofSeconds(30));
        try (LoopbackSes ses = LoopbackSes.start();
                SdkHttpClient client = WatchedHttpClient.around(one, new ConcurrentHashMap<>())
                        .buildWithDefaults(AttributeMap.empty())) {
            ses.next(Behaviour.acceptThenHang());
            ExecutableHttpRequest first = client.prepareRequest(request(ses));
            endOf(first);
            await().until(() -> ses.requests() == 1);
            ExecutableHttpRequest second = client.prepareRequest(request(ses));
            CompletableFuture<Throwable> secondEnd = endOf(second);

            await().until(() -> {
                second.abort();
                return secondEnd.isDone();
            });
            first.abort();

            assertThat(secondEnd.get(10, TimeUnit.SECONDS)).isInstanceOf(InterruptedIOException.class);
            assertThat(ses.requests()).isEqualTo(1);
        }
    }

    private static CompletableFuture<Throwable> endOf(ExecutableHttpRequest request) {
        CompletableFuture<Throwable> end = new CompletableFuture<>();
        Thread caller = new Thread(() -> {
            try {
                end.completeExceptionally(new AssertionError("answered " + request.call()));
            } catch (Throwable failure) {
                end.complete(failure);
            }
        });
        caller.setDaemon(true);
        caller.start();
        return end;
    }

    private static HttpExecuteRequest request(LoopbackSes ses) {
        return HttpExecuteRequest.builder()
                .request(SdkHttpRequest.builder()
                        .method(SdkHttpMethod.POST)
                        .uri(ses.url().resolve("/v2/email/outbound-emails"))
                        .build())
                .build();
    }
}
