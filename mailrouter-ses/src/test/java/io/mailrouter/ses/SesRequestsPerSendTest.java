package io.mailrouter.ses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.EmailService;
import io.mailrouter.email.Email;
import io.mailrouter.testkit.LoopbackSes;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a send costs at the service, which is paid by the request. Counts only: they are the same on a slow machine. */
@Timeout(60)
class SesRequestsPerSendTest {

    private static final int SENDS = 50;

    @Test
    void anAcceptedSendIsOneRequestAndNothingBeforeOrAfterIt() {
        try (LoopbackSes ses = LoopbackSes.start();
                SesProvider provider = SesProviderTest.builder(ses.url()).build();
                EmailService emails = EmailService.builder().provider(provider).build()) {
            for (int i = 0; i < SENDS; i++) {
                emails.send(Email.builder()
                        .from("shop@example.com")
                        .to("ada-" + i + "@example.org")
                        .text("hello")
                        .idempotencyKey("order-" + i)
                        .build());
            }

            assertThat(ses.accepted()).hasSize(SENDS);
            // The account's limits are asked for once, beside the sends: the question may have just begun to arrive.
            await().atMost(Duration.ofSeconds(30)).until(() -> ses.exchanges() - ses.questions(), is -> is == SENDS);
            assertThat(ses.questions()).isLessThanOrEqualTo(1);
        }
    }
}
