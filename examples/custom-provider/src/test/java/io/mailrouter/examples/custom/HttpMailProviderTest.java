package io.mailrouter.examples.custom;

import static io.mailrouter.testkit.RecordingProviderAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.EmailService;
import io.mailrouter.SendResult;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.provider.Secret;
import io.mailrouter.route.Routing;
import io.mailrouter.testkit.Fault;
import io.mailrouter.testkit.LoopbackHttp;
import io.mailrouter.testkit.RecordingProvider;
import java.net.http.HttpClient;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** In a service, beside another provider: what an outcome leads to. */
class HttpMailProviderTest {

    private final LoopbackHttp service = HttpMailContractTest.standIn();
    private final RecordingProvider other = RecordingProvider.named("other");
    private final EmailService emails = EmailService.builder()
            .routing(Routing.inOrder())
            .provider(
                    new HttpMailProvider("http-mail", service.url(), Secret.of("token"), HttpClient.newHttpClient()),
                    use -> use.timeout(Duration.ofSeconds(2)))
            .provider(other)
            .build();

    @AfterEach
    void stop() {
        emails.close();
        service.close();
    }

    private static EmailBuilder email() {
        return Email.builder()
                .from("Shop <no-reply@example.com>")
                .to("Ada <ada@example.org>")
                .subject("Your order")
                .text("hello");
    }

    @Test
    void whatItCarriesGoesThroughIt() {
        SendResult.Accepted accepted = emails.send(email().build());

        assertThat(service.accepted()).singleElement().satisfies(email -> {
            assertThat(accepted.messageId()).isEqualTo(email.messageId());
            assertThat(accepted.trail().reference()).isEqualTo(email.reference());
        });
        assertThat(other).sentNothing();
    }

    @Test
    void whatItCannotCarryGoesElsewhereWithoutACall() {
        emails.send(email().tag("order").build());

        assertThat(service.attempts()).isZero();
        assertThat(other).sentTo("ada@example.org").hasTag("order");
    }

    @Test
    void whatIsSurelyNotSentGoesElsewhere() {
        service.behave(Fault.INTERNAL_ERROR);
        emails.send(email().build());

        assertThat(other).sentOne();
    }

    @Test
    void whatMayHaveBeenSentGoesNowhereElse() {
        service.behave(Fault.SILENT_AFTER_TAKING);

        assertThat(emails.trySend(email().build())).isInstanceOf(SendResult.Unknown.class);
        assertThat(other).sentNothing();
        assertThat(service.attempts()).isEqualTo(1);
    }
}
