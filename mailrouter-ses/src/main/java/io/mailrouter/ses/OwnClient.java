package io.mailrouter.ses;

import io.mailrouter.provider.CallWatch;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
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
    private final CallWatch watch;
    private final Map<Thread, Transmission> underWay;

    private OwnClient(SesV2Client client, CallWatch watch, Map<Thread, Transmission> underWay) {
        this.client = client;
        this.watch = watch;
        this.underWay = underWay;
    }

    static OwnClient open(String name, Settings settings) {
        Map<Thread, Transmission> underWay = new ConcurrentHashMap<>();
        return new OwnClient(client(settings, underWay), new CallWatch(name), underWay);
    }

    private static SesV2Client client(Settings settings, Map<Thread, Transmission> underWay) {
        SesV2ClientBuilder builder = SesV2Client.builder()
                .httpClientBuilder(WatchedHttpClient.around(settings.http.orElseGet(() -> apache(settings)), underWay))
                .overrideConfiguration(o -> o.retryStrategy(AwsRetryStrategy.doNotRetry()));
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

    /**
     * Makes a call on this thread and ends it when so much time is over, or the thread is interrupted.
     *
     * <p>The SDK's own limits of time would cost each call two timers, and with them a switch between threads.
     */
    <T> T within(Duration remaining, Transmission transmission, Supplier<T> call) {
        CallWatch.Call watched = watch.watch(remaining, transmission::end);
        try {
            underWay.put(Thread.currentThread(), transmission);
            return call.get();
        } finally {
            watched.close();
            transmission.isOver();
            underWay.remove(Thread.currentThread());
        }
    }

    SesV2Client client() {
        return client;
    }

    @Override
    public void close() {
        client.close();
        watch.close();
    }
}
