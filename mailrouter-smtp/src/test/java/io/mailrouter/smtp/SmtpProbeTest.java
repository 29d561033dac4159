package io.mailrouter.smtp;

import static io.mailrouter.smtp.SmtpServers.LONG;
import static io.mailrouter.smtp.SmtpServers.draft;
import static io.mailrouter.smtp.SmtpServers.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Probe;
import io.mailrouter.provider.Secret;
import io.mailrouter.testkit.LoopbackSmtp;
import io.mailrouter.testkit.SmtpBehaviour;
import io.mailrouter.testkit.SmtpPhase;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What NOOP tells, over real sockets; the sentences of the contract hold as well. */
@Timeout(120)
class SmtpProbeTest {

    private static final Probe.Answer WORKING = new Probe.Working(Optional.empty());

    private final LoopbackSmtp server = LoopbackSmtp.start();
    private final SmtpProvider provider =
            SmtpServers.to(server).maxConnections(1).maxBytes(500).build();

    @AfterEach
    void close() {
        provider.close();
        server.close();
    }

    private static Probe.Answer ask(SmtpProvider provider) {
        return provider.probe().orElseThrow().ask(LONG);
    }

    @Test
    void asksOverAKeptConnectionAndLeavesItToTheNextEmail() {
        assertThat(send(provider, draft().build())).isInstanceOf(Outcome.Accepted.class);
        assertThat(ask(provider)).isEqualTo(WORKING);
        assertThat(ask(provider)).isEqualTo(WORKING);
        assertThat(send(provider, draft().build())).isInstanceOf(Outcome.Accepted.class);

        assertThat(server.questions()).isEqualTo(2);
        assertThat(server.connections()).isEqualTo(1);
    }

    @Test
    void asksOverAFreshConnectionFromWhichItLearnsWhatTheServerOffers() {
        assertThat(provider.capabilities().maxBytes()).isEqualTo(500);
        assertThat(ask(provider)).isEqualTo(WORKING);

        assertThat(provider.capabilities().maxBytes()).isGreaterThan(500);
        assertThat(server.questions()).isEqualTo(1);
        assertThat(server.messages()).isZero();
        assertThat(provider.probe().orElseThrow().tellsLimits()).isFalse();
    }

    @Test
    @DisplayName("S7 a kept connection that is dead is replaced")
    void replacesADeadConnection() {
        ask(provider);
        server.next(SmtpBehaviour.close(SmtpPhase.NOOP));

        assertThat(ask(provider)).isEqualTo(WORKING);
        assertThat(server.connections()).isEqualTo(2);
    }

    @Test
    void aServerThatGreetsAndThenRefusesDoesNotWork() {
        server.behave(SmtpBehaviour.answer(SmtpPhase.NOOP, "421 4.3.2 shutting down"));

        assertThat(ask(provider))
                .isEqualTo(new Probe.NotWorking(new Outcome.Unavailable("noop_refused", "nothing was sent")));
    }

    @Test
    @DisplayName("P14 a refused login stops the provider as a whole, and shows no secret")
    void tellsARefusedLogin() {
        try (LoopbackSmtp safe = LoopbackSmtp.startTls();
                SmtpProvider wrong = SmtpServers.to(safe)
                        .url(safe.url())
                        .sslContext(safe.trust())
                        .login("canary-user", Secret.of("canary-password"))
                        .build()) {
            safe.needLogin("user", "password");
            Probe.Answer answer = ask(wrong);

            assertThat(answer)
                    .isInstanceOfSatisfying(
                            Probe.NotWorking.class,
                            not -> assertThat(not.why())
                                    .isInstanceOfSatisfying(
                                            Outcome.Misconfigured.class,
                                            why -> assertThat(why.scope()).isEqualTo(Outcome.Scope.ACCOUNT)));
            assertThat(answer.toString()).doesNotContain("canary");
        }
    }

    @Test
    void withAllConnectionsInUseItTellsNothing() {
        server.behave(SmtpBehaviour.hang(SmtpPhase.DOT));
        CompletableFuture<Outcome> sending = CompletableFuture.supplyAsync(() -> send(provider, draft().build()));
        await().atMost(LONG).until(() -> server.messages() == 1);

        assertThat(ask(provider)).isEqualTo(new Probe.Untold("no_connection_free"));
        provider.close();
        assertThat(sending.join()).isInstanceOf(Outcome.Unknown.class);
        assertThat(ask(provider)).isEqualTo(new Probe.Untold("closed"));
    }
}
