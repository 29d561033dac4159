package io.mailrouter.ses;

import io.mailrouter.provider.EmailProvider;
import io.mailrouter.testkit.EmailProviderContract;
import io.mailrouter.testkit.LogLines;
import io.mailrouter.testkit.LogbackLines;
import io.mailrouter.testkit.LoopbackSes;
import io.mailrouter.testkit.LoopbackTls;
import io.mailrouter.testkit.ServiceStandIn;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sesv2.SesV2Client;

class SesContractTest extends EmailProviderContract {

    /** A hundred connections at once may take longer than the default on a machine that has much to do. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    @Override
    protected ServiceStandIn service() {
        return LoopbackSes.start();
    }

    @Override
    protected EmailProvider provider(URI service, String credential) {
        return SesProvider.builder()
                .region("eu-west-1")
                .credentials(credentials(credential))
                .endpoint(service)
                .connectTimeout(PATIENCE)
                .build();
    }

    /** Only a client that is handed in can be told whom to trust; this one is closed with its JVM. */
    @Override
    protected Optional<EmailProvider> provider(LoopbackTls service, String credential) {
        SesV2Client client = SesV2Client.builder()
                .region(Region.EU_WEST_1)
                .credentialsProvider(credentials(credential))
                .endpointOverride(service.url())
                .httpClientBuilder(Apache5HttpClient.builder().tlsTrustManagersProvider(service::trustManagers))
                .overrideConfiguration(o -> o.retryStrategy(AwsRetryStrategy.doNotRetry()))
                .build();
        return Optional.of(SesProvider.builder().client(client).build());
    }

    @Override
    protected Optional<LogLines> logs() {
        return Optional.of(LogbackLines.of("io.mailrouter"));
    }

    private static StaticCredentialsProvider credentials(String secret) {
        return StaticCredentialsProvider.create(AwsBasicCredentials.create("AKIDEXAMPLE", secret));
    }
}
