package io.mailrouter.sendgrid;

import io.mailrouter.provider.EmailProvider;
import io.mailrouter.provider.Secret;
import io.mailrouter.testkit.EmailProviderContract;
import io.mailrouter.testkit.LogLines;
import io.mailrouter.testkit.LogbackLines;
import io.mailrouter.testkit.LoopbackSendGrid;
import io.mailrouter.testkit.ServiceStandIn;
import java.net.URI;
import java.util.Optional;

class SendGridContractTest extends EmailProviderContract {

    @Override
    protected ServiceStandIn service() {
        return LoopbackSendGrid.start();
    }

    @Override
    protected EmailProvider provider(URI service, String credential) {
        return SendGridProvider.builder()
                .apiKey(Secret.of(credential))
                .endpoint(service)
                .build();
    }

    @Override
    protected Optional<LogLines> logs() {
        return Optional.of(LogbackLines.of("io.mailrouter"));
    }
}
