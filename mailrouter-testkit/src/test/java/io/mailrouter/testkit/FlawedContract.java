package io.mailrouter.testkit;

import io.mailrouter.provider.EmailProvider;
import java.net.URI;
import java.util.Optional;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The contract for a provider with one {@link Flaw}. Run by {@link EmailProviderContractTest}, and by nobody else. */
class FlawedContract extends EmailProviderContract {

    static final String FLAW = "flaw";

    private Optional<Flaw> flaw = Optional.empty();

    @RegisterExtension
    final BeforeEachCallback choice =
            context -> flaw = context.getConfigurationParameter(FLAW).map(Flaw::valueOf);

    @Override
    protected ServiceStandIn service() {
        return WebMailProvider.service();
    }

    @Override
    protected EmailProvider provider(URI service, String credential) {
        return new FlawedMailProvider(service, credential, flaw.orElseThrow(), Optional.empty());
    }

    @Override
    protected Optional<EmailProvider> provider(LoopbackTls service, String credential) {
        return Optional.of(
                new FlawedMailProvider(service.url(), credential, flaw.orElseThrow(), Optional.of(service.trust())));
    }

    @Override
    protected Optional<LogLines> logs() {
        return Optional.of(LogbackLines.of("io.mailrouter"));
    }
}
