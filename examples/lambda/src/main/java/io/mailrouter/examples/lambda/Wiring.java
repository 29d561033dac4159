package io.mailrouter.examples.lambda;

import io.mailrouter.EmailService;
import io.mailrouter.EmailServiceBuilder;
import io.mailrouter.sendgrid.SendGridProvider;
import io.mailrouter.ses.SesProvider;
import io.mailrouter.sqs.SqsEmailLambdaHandler;
import io.mailrouter.sqs.SqsEmailLambdaHandlerBuilder;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.function.BiConsumer;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.services.sqs.SqsClient;

/** The service, the client and the handler, put together from the settings. */
final class Wiring implements AutoCloseable {

    private static final Duration CONNECT = Duration.ofSeconds(2);

    private final EmailService emails;
    private final SqsClient sqs;
    private final SqsEmailLambdaHandler handler;

    /**
     * Opens everything; no call is made but SES's, about its account.
     *
     * @param more gives the service what only some functions have, such as a fleet
     */
    Wiring(Settings settings, BiConsumer<Settings, EmailServiceBuilder> more) {
        emails = service(settings, more);
        sqs = SqsClient.builder().httpClientBuilder(http()).build();
        SqsEmailLambdaHandlerBuilder builder = SqsEmailLambdaHandler.builder(emails)
                .client(sqs)
                .concurrency(settings.concurrency())
                .maxAttempts(settings.maxAttempts())
                .metrics(settings.metrics());
        settings.deadLetterQueue().ifPresent(builder::deadLetterQueue);
        handler = builder.build();
    }

    private static EmailService service(Settings settings, BiConsumer<Settings, EmailServiceBuilder> more) {
        SesProvider.Builder ses = SesProvider.builder().httpClient(http());
        settings.configurationSet().ifPresent(ses::configurationSet);
        // A snapshot of the JVM that is restored many times must not make each of them draw the same numbers.
        EmailServiceBuilder service = EmailService.builder()
                .random(new SecureRandom())
                .routing(settings.routing())
                .deadline(settings.deadline())
                .onAmbiguity(settings.ambiguity())
                .provider(ses.build());
        settings.sendGridKey()
                .ifPresent(key -> service.provider(SendGridProvider.builder()
                        .apiKey(key)
                        .endpoint(settings.sendGridUrl())
                        .build()));
        more.accept(settings, service);
        return service.build();
    }

    private static UrlConnectionHttpClient.Builder http() {
        return UrlConnectionHttpClient.builder().connectionTimeout(CONNECT);
    }

    SqsEmailLambdaHandler handler() {
        return handler;
    }

    @Override
    public void close() {
        emails.close();
        sqs.close();
    }
}
