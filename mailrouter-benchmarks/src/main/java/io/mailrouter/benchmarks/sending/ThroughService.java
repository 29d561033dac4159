package io.mailrouter.benchmarks.sending;

import io.mailrouter.EmailService;
import io.mailrouter.email.Email;
import io.mailrouter.provider.EmailProvider;
import io.mailrouter.provider.Secret;
import io.mailrouter.route.Routing;
import io.mailrouter.sendgrid.SendGridProvider;
import io.mailrouter.ses.SesProvider;
import java.net.URI;
import java.time.Duration;

/**
 * The library's service as its user builds it: every setting is the default, but for the places and connections, of which
 * there are as many as there may be senders.
 */
final class ThroughService implements Sending {

    private final EmailService emails;

    private ThroughService(EmailService emails) {
        this.emails = emails;
    }

    static ThroughService ses(URI endpoint) {
        return new ThroughService(EmailService.builder()
                .provider(sesProvider(endpoint), p -> p.maxInFlight(Pool.SIZE))
                .build());
    }

    static ThroughService sendGrid(URI endpoint) {
        return new ThroughService(EmailService.builder()
                .provider(sendGridProvider(endpoint), p -> p.maxInFlight(Pool.SIZE))
                .build());
    }

    /** Through SES while it is well, else through SendGrid; an attempt may take as long as the peers' calls. */
    static ThroughService both(URI endpoint, Duration timeout) {
        return new ThroughService(EmailService.builder()
                .provider(sesProvider(endpoint), p -> p.maxInFlight(Pool.SIZE).timeout(timeout))
                .provider(
                        sendGridProvider(endpoint),
                        p -> p.maxInFlight(Pool.SIZE).timeout(timeout))
                .routing(Routing.inOrder())
                .build());
    }

    private static EmailProvider sesProvider(URI endpoint) {
        return SesProvider.builder()
                .endpoint(endpoint)
                .region(Ses.REGION.id())
                .credentials(Ses.CREDENTIALS)
                .maxConnections(Pool.SIZE)
                .build();
    }

    private static EmailProvider sendGridProvider(URI endpoint) {
        return SendGridProvider.builder()
                .endpoint(endpoint)
                .apiKey(Secret.of(SendGridJava.KEY))
                .maxConnections(Pool.SIZE)
                .build();
    }

    @Override
    public void send(Letter letter) {
        emails.send(Email.builder()
                .from(Letter.FROM_NAME + " <" + Letter.FROM + ">")
                .to(Letter.TO)
                .subject(letter.subject())
                .text(letter.text())
                .html(letter.html())
                .build());
    }

    @Override
    public void close() {
        emails.close();
    }
}
