package io.mailrouter.smtp;

import static io.mailrouter.smtp.SmtpServers.draft;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.EmailService;
import io.mailrouter.SendResult;
import io.mailrouter.route.Routing;
import io.mailrouter.testkit.LoopbackSmtp;
import io.mailrouter.testkit.SmtpBehaviour;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two servers behind one service. */
@Timeout(60)
class SmtpFailoverTest {

    private final LoopbackSmtp first = LoopbackSmtp.start();
    private final LoopbackSmtp second = LoopbackSmtp.start();
    private final EmailService emails = EmailService.builder()
            .routing(Routing.inOrder())
            .provider(SmtpServers.to(first).name("first").build())
            .provider(SmtpServers.to(second).name("second").build())
            .build();

    @AfterEach
    void close() {
        emails.close();
        first.close();
        second.close();
    }

    private static String messageId(LoopbackSmtp server) {
        return new String(server.accepted().get(0).content(), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.startsWith("Message-ID:"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    @DisplayName("S5 reset inside the body: not sent, exactly one copy after failover")
    void sendsOneCopyAfterAResetInsideTheBody() {
        first.behave(SmtpBehaviour.resetInBody(1_000));

        SendResult result =
                emails.trySend(draft().text("line\r\n".repeat(1_000_000)).build());

        assertThat(result).isInstanceOf(SendResult.Accepted.class);
        assertThat(first.accepted()).isEmpty();
        assertThat(second.accepted()).hasSize(1);
    }

    @Test
    @DisplayName("S4 X11 connection lost after the dot: unknown, and nobody else is asked")
    void asksNobodyElseAfterTheDot() {
        first.behave(SmtpBehaviour.acceptThenClose());

        assertThat(emails.trySend(draft().build())).isInstanceOf(SendResult.Unknown.class);
        assertThat(first.accepted()).hasSize(1);
        assertThat(second.connections()).isZero();
    }

    @Test
    @DisplayName("P20 only the recipient that was refused for now goes on, with the same Message-ID")
    void goesOnForWhomItWasNotSentTo() {
        first.refuse("full@example.org", "452 4.2.2 mailbox full");
        first.refuse("nobody@example.org", "550 5.1.1 no such user");

        emails.trySend(draft().cc("full@example.org").cc("nobody@example.org").build());

        assertThat(first.accepted().get(0).recipients()).containsExactly("ada@example.org");
        assertThat(second.accepted())
                .singleElement()
                .satisfies(mail -> assertThat(mail.recipients()).containsExactly("full@example.org"));
        assertThat(messageId(second)).isEqualTo(messageId(first));
    }

    @Test
    @DisplayName(
            "P17 too large for what the first server says in EHLO: the second gets it, the first is none the worse")
    void goesOnWithWhatIsTooLarge() {
        first.offer("SIZE 2000");

        assertThat(emails.trySend(draft().text("x".repeat(5_000)).build())).isInstanceOf(SendResult.Accepted.class);
        assertThat(emails.trySend(draft().build())).isInstanceOf(SendResult.Accepted.class);
        assertThat(first.accepted()).hasSize(1);
        assertThat(second.accepted()).hasSize(1);
    }

    @Test
    @DisplayName("P8 all connections of the only server in use: waits for one instead of sending nothing")
    void waitsForAConnectionOfTheOnlyServer() throws Exception {
        try (LoopbackSmtp server = LoopbackSmtp.start();
                EmailService only = EmailService.builder()
                        .provider(SmtpServers.to(server)
                                .maxConnections(1)
                                .connectTimeout(Duration.ofSeconds(2))
                                .build())
                        .build()) {
            server.next(SmtpBehaviour.acceptAfter(Duration.ofSeconds(3)));
            CompletableFuture<SendResult> slow = only.sendAsync(draft().build());
            await().atMost(SmtpServers.LONG).until(() -> server.messages() == 1);
            SendResult result = only.trySend(draft().build());

            assertThat(result).isInstanceOf(SendResult.Accepted.class);
            assertThat(result.trail().attempts())
                    .extracting(attempt -> attempt.outcome().code())
                    .startsWith("no_connection_free")
                    .endsWith("accepted");
            assertThat(slow.get(20, TimeUnit.SECONDS)).isInstanceOf(SendResult.Accepted.class);
            assertThat(server.accepted()).hasSize(2);
        }
    }
}
