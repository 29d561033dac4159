package io.mailrouter.ses;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sesv2.SesV2Client;
import software.amazon.awssdk.services.sesv2.SesV2ClientBuilder;

/** A client that makes one request a call, knows when its body leaves, and takes its threads with it when it closes. */
final class OwnClient implements AutoCloseable {

    /** What may be set, with the defaults. */
    static final class Settings {
        Optional<String> region = Optional.empty();
        Optional<URI> endpoint = Optional.empty();
        Optional<AwsCredentialsProvider> credentials = Optional.empty();
        Duration connectTimeout = Duration.ofSeconds(2);
        Duration responseTimeout = Duration.ofSeconds(30);
        int maxConnections = 64;
        Optional<SdkHttpClient.Builder<?>> http = Optional.empty();
    }

    private final SesV2Client client;
    private final ScheduledThreadPoolExecutor timer;

    private OwnClient(SesV2Client client, ScheduledThreadPoolExecutor timer) {
        this.client = client;
        this.timer = timer;
    }

    static OwnClient open(String name, Settings settings) {
        ScheduledThreadPoolExecutor timer = timer(name);
        try {
            return new OwnClient(client(settings, timer), timer);
        } catch (RuntimeException e) {
            timer.shutdownNow();
            throw e;
        }
    }

    private static SesV2Client client(Settings settings, ScheduledThreadPoolExecutor timer) {
        SesV2ClientBuilder builder = SesV2Client.builder()
                .httpClientBuilder(
                        InterruptibleHttpClient.around(settings.http.orElseGet(() -> apache(settings)), timer))
                .overrideConfiguration(o -> o.retryStrategy(AwsRetryStrategy.doNotRetry())
                        .scheduledExecutorService(timer)
                        .addExecutionInterceptor(Transmission.watcher()));
        settings.region.map(Region::of).ifPresent(builder::region);
        settings.endpoint.ifPresent(builder::endpointOverride);
        // Handed over without its close, for the SDK's client closes whatever it was given that can be closed.
        settings.credentials.ifPresent(given -> builder.credentialsProvider(() -> given.resolveCredentials()));
        return builder.build();
    }

    /** Its classes are looked for here alone, so that whoever brings another client can leave them out. */
    private static SdkHttpClient.Builder<?> apache(Settings settings) {
        return Apache5HttpClient.builder()
                .connectionTimeout(settings.connectTimeout)
                .connectionAcquisitionTimeout(settings.connectTimeout)
                .socketTimeout(settings.responseTimeout)
                .maxConnections(settings.maxConnections)
                // A server that ends an idle connection just as a request goes out leaves its fate unknown.
                .connectionMaxIdleTime(Duration.ofSeconds(20));
    }

    /** The one thread that ends calls at their deadline or on an interrupt; it starts with the first call. */
    private static ScheduledThreadPoolExecutor timer(String name) {
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, work -> {
            Thread thread = new Thread(work, "mailrouter-" + name + "-deadline");
            thread.setDaemon(true);
            return thread;
        });
        timer.setRemoveOnCancelPolicy(true);
        return timer;
    }

    SesV2Client client() {
        return client;
    }

    @Override
    public void close() {
        client.close();
        timer.shutdownNow();
    }
}
