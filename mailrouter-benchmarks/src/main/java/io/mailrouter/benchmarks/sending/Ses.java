package io.mailrouter.benchmarks.sending;

import java.net.URI;
import java.time.Duration;
import java.util.function.Consumer;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.apache.ApacheHttpClient;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.http.crt.AwsCrtHttpClient;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sesv2.SesV2AsyncClient;
import software.amazon.awssdk.services.sesv2.SesV2BaseClientBuilder;
import software.amazon.awssdk.services.sesv2.SesV2Client;
import software.amazon.awssdk.services.sesv2.model.SendEmailRequest;

/**
 * The SDK's clients at their best: fixed credentials, no retries, a connection for each sender, and the email in parts,
 * which costs less than one rendered as MIME.
 */
final class Ses {

    static final Region REGION = Region.EU_WEST_1;
    static final AwsCredentialsProvider CREDENTIALS =
            StaticCredentialsProvider.create(AwsBasicCredentials.create("AKIAEXAMPLE", "example"));

    /** The limits that the library's provider has by default. */
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);

    private static final Duration RESPONSE_TIMEOUT = Duration.ofSeconds(30);

    private Ses() {}

    /** Sends with no limit of time for the whole call. */
    static Sending bare(URI endpoint, SdkHttpClient.Builder<?> http) {
        return of(client(endpoint, http, o -> {}));
    }

    /** Ends each call after so long, as the library's provider does. */
    static Sending limited(URI endpoint, Duration timeout) {
        return of(limitedClient(endpoint, timeout));
    }

    static SesV2Client limitedClient(URI endpoint, Duration timeout) {
        return client(endpoint, apache5(), o -> o.apiCallTimeout(timeout).apiCallAttemptTimeout(timeout));
    }

    /** Sends through the asynchronous client and waits for its future. */
    static Sending async(URI endpoint) {
        SesV2AsyncClient client = at(SesV2AsyncClient.builder(), endpoint, o -> {})
                .httpClientBuilder(NettyNioAsyncHttpClient.builder().maxConcurrency(Pool.SIZE))
                .build();
        return new Sending() {
            @Override
            public void send(Letter letter) {
                client.sendEmail(request(letter)).join();
            }

            @Override
            public void close() {
                client.close();
            }
        };
    }

    static SdkHttpClient.Builder<?> apache5() {
        return Apache5HttpClient.builder()
                .maxConnections(Pool.SIZE)
                .connectionTimeout(CONNECT_TIMEOUT)
                .connectionAcquisitionTimeout(CONNECT_TIMEOUT)
                .socketTimeout(RESPONSE_TIMEOUT);
    }

    static SdkHttpClient.Builder<?> apache4() {
        return ApacheHttpClient.builder()
                .maxConnections(Pool.SIZE)
                .connectionTimeout(CONNECT_TIMEOUT)
                .connectionAcquisitionTimeout(CONNECT_TIMEOUT)
                .socketTimeout(RESPONSE_TIMEOUT);
    }

    static SdkHttpClient.Builder<?> urlConnection() {
        return UrlConnectionHttpClient.builder()
                .connectionTimeout(CONNECT_TIMEOUT)
                .socketTimeout(RESPONSE_TIMEOUT);
    }

    static SdkHttpClient.Builder<?> crt() {
        return AwsCrtHttpClient.builder().maxConcurrency(Pool.SIZE).connectionTimeout(CONNECT_TIMEOUT);
    }

    static SendEmailRequest request(Letter letter) {
        return SendEmailRequest.builder()
                .fromEmailAddress(Letter.FROM_NAME + " <" + Letter.FROM + ">")
                .destination(d -> d.toAddresses(Letter.TO))
                .content(c ->
                        c.simple(m -> m.subject(s -> s.data(letter.subject()).charset("UTF-8"))
                                .body(b -> b.text(t -> t.data(letter.text()).charset("UTF-8"))
                                        .html(h -> h.data(letter.html()).charset("UTF-8")))))
                .build();
    }

    private static Sending of(SesV2Client client) {
        return new Sending() {
            @Override
            public void send(Letter letter) {
                client.sendEmail(request(letter));
            }

            @Override
            public void close() {
                client.close();
            }
        };
    }

    private static SesV2Client client(
            URI endpoint, SdkHttpClient.Builder<?> http, Consumer<ClientOverrideConfiguration.Builder> limits) {
        return at(SesV2Client.builder(), endpoint, limits)
                .httpClientBuilder(http)
                .build();
    }

    private static <B extends SesV2BaseClientBuilder<B, ?>> B at(
            B builder, URI endpoint, Consumer<ClientOverrideConfiguration.Builder> limits) {
        return builder.endpointOverride(endpoint)
                .region(REGION)
                .credentialsProvider(CREDENTIALS)
                .overrideConfiguration(o -> {
                    o.retryStrategy(AwsRetryStrategy.doNotRetry());
                    limits.accept(o);
                });
    }
}
