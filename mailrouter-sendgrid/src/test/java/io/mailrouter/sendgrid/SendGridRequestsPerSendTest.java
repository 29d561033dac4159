package io.mailrouter.sendgrid;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.EmailService;
import io.mailrouter.email.Email;
import io.mailrouter.testkit.LoopbackSendGrid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a send costs at the service, which is paid by the request. Counts only: they are the same on a slow machine. */
@Timeout(60)
class SendGridRequestsPerSendTest {

    private static final int SENDS = 50;

    @Test
    void anAcceptedSendIsOneRequestAndNothingBeforeOrAfterIt() {
        try (LoopbackSendGrid sendGrid = LoopbackSendGrid.start();
                SendGridProvider provider =
                        SendGridProviderTest.builder(sendGrid.url()).build();
                EmailService emails = EmailService.builder().provider(provider).build()) {
            for (int i = 0; i < SENDS; i++) {
                emails.send(Email.builder()
                        .from("shop@example.com")
                        .to("ada-" + i + "@example.org")
                        .subject("Your order")
                        .text("hello")
                        .idempotencyKey("order-" + i)
                        .build());
            }

            assertThat(sendGrid.accepted()).hasSize(SENDS);
            assertThat(sendGrid.exchanges()).isEqualTo(SENDS);
        }
    }
}
