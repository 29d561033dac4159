package io.mailrouter.testkit;

import io.mailrouter.provider.EmailProvider;
import java.net.URI;
import java.util.Optional;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;

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
    protected Optional<EmailProvider> provider(URI service, String credential, SSLContext trust) {
        return Optional.of(new WebMailProvider(service, credential, trust));
    }

    @Override
    protected Optional<LogLines> logs() {
        return Optional.of(LogbackLines.of("io.mailrouter"));
    }
}
