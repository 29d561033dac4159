package io.mailrouter.smtp;

import static io.mailrouter.smtp.SmtpServers.LONG;
import static io.mailrouter.smtp.SmtpServers.draft;
import static io.mailrouter.smtp.SmtpServers.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.email.Email;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Accepted;
import io.mailrouter.provider.Outcome.Misconfigured;
import io.mailrouter.provider.Outcome.Scope;
import io.mailrouter.provider.Outcome.Throttled;
import io.mailrouter.provider.Outcome.Unavailable;
import io.mailrouter.provider.Outcome.Unknown;
import io.mailrouter.testkit.LoopbackSmtp;
import io.mailrouter.testkit.SmtpBehaviour;
import io.mailrouter.testkit.SmtpPhase;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a provider does with its connections when they fail it. */
@Timeout(60)
class SmtpConnectionFaultsTest {

    private static final Duration SHORT = Duration.ofMillis(400);

    private final LoopbackSmtp server = LoopbackSmtp.start();
    private final SmtpProvider provider =
            SmtpServers.to(server).trust(Duration.ZERO).build();

    @AfterEach
    void close() {
        provider.close();
        server.close();
    }

    @Test
    @DisplayName("P7 a peer that stops reading: cut at the deadline, not sent")
    void cutsAServerThatDoesNotRead() {
        server.next(SmtpBehaviour.stopReading());
        Email big = draft().text("line\r\n".repeat(1_500_000)).build();
        long begin = System.nanoTime();

        Outcome outcome = provider.send(big, Attempt.Context.within(Duration.ofSeconds(2)));

        assertThat(outcome).isEqualTo(new Unavailable("timeout", "nothing was sent"));
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(8));
    }

    @Test
    @DisplayName("S7 a dead pooled connection is replaced once, before anything is sent")
    void replacesADeadConnection() {
        send(provider, draft().build());
        server.next(SmtpBehaviour.reset(SmtpPhase.RSET));

        assertThat(send(provider, draft().build())).isInstanceOf(Accepted.class);
        assertThat(server.connections()).isEqualTo(2);
        assertThat(server.messages()).isEqualTo(2);
    }

    @Test
    void asksNothingOfAConnectionThatHasJustTakenAMessage() {
        try (SmtpProvider trusting = SmtpServers.to(server).trust(LONG).build()) {
            send(trusting, draft().build());
            assertThat(send(trusting, draft().build())).isInstanceOf(Accepted.class);
            assertThat(server.clearLines()).doesNotContain("RSET");

            server.next(SmtpBehaviour.answer(SmtpPhase.DOT, "554 5.6.0 no"));
            send(trusting, draft().build());
            assertThat(send(trusting, draft().build())).isInstanceOf(Accepted.class);
            assertThat(server.clearLines()).as("only after a refusal").containsOnlyOnce("RSET");
            assertThat(server.connections()).isOne();
        }
    }

    @Test
    void asksAConnectionThatIsTrustedNoLonger() {
        send(provider, draft().build());
        assertThat(send(provider, draft().build())).isInstanceOf(Accepted.class);

        assertThat(server.clearLines()).containsOnlyOnce("RSET");
    }

    @Test
    @DisplayName("S7 a connection that was ended right after a message is replaced once, before anything is sent")
    void replacesAConnectionThatEndedUnasked() {
        try (SmtpProvider trusting = SmtpServers.to(server).trust(LONG).build()) {
            send(trusting, draft().build());
            server.next(SmtpBehaviour.close(SmtpPhase.MAIL));

            assertThat(send(trusting, draft().build())).isInstanceOf(Accepted.class);
            assertThat(server.connections()).isEqualTo(2);
            assertThat(server.messages()).isEqualTo(2);
        }
    }

    @Test
    @DisplayName("S7 a connection that went silent right after a message is replaced as soon as if it had been asked")
    void replacesAConnectionThatWentSilentUnasked() {
        try (SmtpProvider trusting = SmtpServers.to(server)
                .trust(LONG)
                .connectTimeout(Duration.ofSeconds(2))
                .responseTimeout(Duration.ofMinutes(2))
                .build()) {
            send(trusting, draft().build());
            server.next(SmtpBehaviour.hang(SmtpPhase.MAIL));

            assertThat(send(trusting, draft().build())).isInstanceOf(Accepted.class);
            assertThat(server.connections()).isEqualTo(2);
            assertThat(server.messages()).isEqualTo(2);
        }
    }

    @ParameterizedTest(name = "S7 421 at {0} on a pooled connection: a fresh one is tried")
    @EnumSource(
            value = SmtpPhase.class,
            names = {"RSET", "MAIL", "RCPT"})
    void replacesAConnectionThatTheServerEnds(SmtpPhase phase) {
        send(provider, draft().build());
        server.next(SmtpBehaviour.answer(phase, "421 4.4.2 idle for too long"));

        assertThat(send(provider, draft().build())).isInstanceOf(Accepted.class);
        assertThat(server.connections()).isEqualTo(2);
        assertThat(server.messages()).isEqualTo(2);
    }

    @Test
    @DisplayName("S7 a fresh connection that fails as well is not replaced")
    void triesOneFreshConnectionOnly() {
        send(provider, draft().build());
        server.behave(SmtpBehaviour.close(SmtpPhase.MAIL));

        assertThat(send(provider, draft().build())).isEqualTo(new Unavailable("connection_closed", "nothing was sent"));
        assertThat(server.connections()).isEqualTo(2);
    }

    @ParameterizedTest(name = "S7 {0} on a pooled connection is not tried again")
    @EnumSource(
            value = SmtpPhase.class,
            names = {"DATA", "DOT"})
    void neverTriesAgainOnceTheMessageIsUnderWay(SmtpPhase phase) {
        send(provider, draft().build());
        server.next(SmtpBehaviour.reset(phase));

        Outcome outcome = send(provider, draft().build());

        assertThat(outcome).isInstanceOf(phase == SmtpPhase.DOT ? Unknown.class : Unavailable.class);
        assertThat(server.connections()).isOne();
    }

    @ParameterizedTest(name = "S10 garbage at {0}: not sent")
    @EnumSource(
            value = SmtpPhase.class,
            names = {"CONNECT", "EHLO", "MAIL", "RCPT", "DATA"})
    void takesGarbageForNoAnswer(SmtpPhase phase) {
        server.next(SmtpBehaviour.answer(phase, "\u0000\u0001\u00ff\u00fe HTTP/1.1 200 OK"));

        assertThat(send(provider, draft().build())).isInstanceOf(Unavailable.class);
        assertThat(server.accepted()).isEmpty();
        assertThat(send(provider, draft().build())).isInstanceOf(Accepted.class);
    }

    @ParameterizedTest(name = "S10 P19 endless reply at {0}: not sent, and no memory filled")
    @EnumSource(
            value = SmtpPhase.class,
            names = {"CONNECT", "EHLO", "MAIL", "RCPT", "DATA"})
    void endsAnEndlessReply(SmtpPhase phase) {
        server.next(
                SmtpBehaviour.flood(phase, "250-and on\r\n"),
                SmtpBehaviour.flood(phase, "250 one line without an end "));

        assertThat(send(provider, draft().build())).isEqualTo(new Unavailable("reply_too_long", "nothing was sent"));
        assertThat(send(provider, draft().build())).isEqualTo(new Unavailable("reply_too_long", "nothing was sent"));
    }

    @Test
    @DisplayName("P17 too big by what the server says: not eligible once known, and no message sent before")
    void learnsTheSize() {
        Email big = draft().text("x".repeat(5_000)).build();
        server.offer("SIZE 4000");
        assertThat(provider.capabilities().unfit(big)).isEmpty();

        assertThat(send(provider, big)).isInstanceOfSatisfying(Misconfigured.class, outcome -> {
            assertThat(outcome.code()).isEqualTo("message_too_big");
            assertThat(outcome.scope()).isEqualTo(Scope.REQUEST);
        });
        assertThat(provider.capabilities().unfit(big))
                .hasValueSatisfying(why -> assertThat(why).contains("4000"));
        assertThat(server.messages()).isZero();
        assertThat(send(provider, draft().build())).isInstanceOf(Accepted.class);
        assertThat(server.connections()).as("the connection was none the worse").isOne();
    }

    @Test
    @DisplayName("T3 an interrupt before the attempt: not sent, flag kept")
    void keepsAnInterruptThatCameBefore() {
        Thread.currentThread().interrupt();

        Outcome outcome = send(provider, draft().build());

        assertThat(Thread.interrupted()).isTrue();
        assertThat(outcome.code()).isEqualTo("interrupted");
        assertThat(server.connections()).isZero();
    }

    @ParameterizedTest(name = "T3 an interrupt while {0} is not answered ends the attempt, flag kept")
    @EnumSource(
            value = SmtpPhase.class,
            names = {"CONNECT", "MAIL", "DOT"})
    void endsOnAnInterrupt(SmtpPhase phase) throws Exception {
        server.behave(SmtpBehaviour.hang(phase));
        CompletableFuture<Outcome> outcome = new CompletableFuture<>();
        CountDownLatch flagKept = new CountDownLatch(1);
        Thread sender = new Thread(() -> {
            outcome.complete(send(provider, draft().build()));
            if (Thread.currentThread().isInterrupted()) {
                flagKept.countDown();
            }
        });
        sender.start();
        await().atMost(LONG).until(() -> phase == SmtpPhase.DOT ? server.messages() == 1 : server.connections() == 1);
        sender.interrupt();

        Outcome ended = outcome.get(30, TimeUnit.SECONDS);

        assertThat(ended.code()).isEqualTo(phase == SmtpPhase.DOT ? "interrupted_after_dot" : "interrupted");
        assertThat(ended).isInstanceOf(phase == SmtpPhase.DOT ? Unknown.class : Unavailable.class);
        assertThat(flagKept.await(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void saysSoWhenAllConnectionsAreInUse() throws Exception {
        server.behave(SmtpBehaviour.acceptThenHang());
        try (SmtpProvider narrow = SmtpServers.to(server)
                .maxConnections(1)
                .connectTimeout(Duration.ofSeconds(2))
                .build()) {
            Thread first = new Thread(() -> send(narrow, draft().build()));
            first.start();
            await().atMost(LONG).until(() -> server.messages() == 1);

            assertThat(send(narrow, draft().build())).isInstanceOfSatisfying(Throttled.class, outcome -> {
                assertThat(outcome.code()).isEqualTo("no_connection_free");
                assertThat(outcome.retryAfter()).isPresent();
            });
            assertThat(server.connections()).isOne();
            first.interrupt();
            first.join(LONG.toMillis());
            assertThat(first.isAlive()).isFalse();
        }
    }
}
