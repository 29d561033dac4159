package io.mailrouter.smtp;

import io.mailrouter.provider.EmailProvider;
import io.mailrouter.provider.Secret;
import io.mailrouter.testkit.EmailProviderContract;
import io.mailrouter.testkit.LogLines;
import io.mailrouter.testkit.LogbackLines;
import io.mailrouter.testkit.LoopbackTls;
import io.mailrouter.testkit.ServiceStandIn;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLContext;

class SmtpContractTest extends EmailProviderContract {

    private final Map<URI, SSLContext> trusted = new ConcurrentHashMap<>();

    @Override
    protected ServiceStandIn service() {
        SmtpStandIn server = new SmtpStandIn(CREDENTIAL);
        trusted.put(server.url(), server.trust());
        return server;
    }

    @Override
    protected EmailProvider provider(URI service, String credential) {
        SmtpProvider.Builder builder = builder(service, credential);
        Optional.ofNullable(trusted.get(service)).ifPresent(builder::sslContext);
        return builder.build();
    }

    @Override
    protected Optional<EmailProvider> provider(LoopbackTls service, String credential) {
        return Optional.of(
                builder(service.url(), credential).sslContext(service.trust()).build());
    }

    private static SmtpProvider.Builder builder(URI service, String credential) {
        return SmtpProvider.builder()
                .url(service)
                .login(SmtpStandIn.USERNAME, Secret.of(credential))
                .connectTimeout(Duration.ofSeconds(5));
    }

    @Override
    protected Optional<LogLines> logs() {
        return Optional.of(LogbackLines.of("io.mailrouter"));
    }
}
