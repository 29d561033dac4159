package io.mailrouter.testkit;

import io.mailrouter.provider.EmailProvider;
import java.net.URI;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** An honest provider passes the whole contract. */
class WebMailContractTest extends EmailProviderContract {

    @Override
    protected ServiceStandIn service() {
        return WebMailProvider.service();
    }

    @Override
    protected EmailProvider provider(URI service, String credential) {
        return new WebMailProvider(service, credential, UnaryOperator.identity());
    }

    @Override
    protected Optional<EmailProvider> provider(LoopbackTls service, String credential) {
        return Optional.of(new WebMailProvider(service.url(), credential, service.trust()));
    }

    @Override
    protected Optional<LogLines> logs() {
        return Optional.of(LogbackLines.of("io.mailrouter"));
    }
}
