package io.mailrouter.sendgrid;

import io.mailrouter.provider.EmailProvider;
import io.mailrouter.provider.Secret;
import io.mailrouter.testkit.EmailProviderContract;
import io.mailrouter.testkit.LogLines;
import io.mailrouter.testkit.LogbackLines;
import io.mailrouter.testkit.LoopbackSendGrid;
import io.mailrouter.testkit.ServiceStandIn;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

class SendGridContractTest extends EmailProviderContract {

    /** A hundred connections at once may take longer than the default on a machine that has much to do. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    @Override
    protected ServiceStandIn service() {
        return LoopbackSendGrid.start();
    }

    @Override
    protected EmailProvider provider(URI service, String credential) {
        return SendGridProvider.builder()
                .apiKey(Secret.of(credential))
                .endpoint(service)
                .connectTimeout(PATIENCE)
                .build();
    }

    @Override
    protected Optional<LogLines> logs() {
        return Optional.of(LogbackLines.of("io.mailrouter"));
    }
}
