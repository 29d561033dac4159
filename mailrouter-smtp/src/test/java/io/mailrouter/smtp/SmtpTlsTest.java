package io.mailrouter.smtp;

import static io.mailrouter.smtp.SmtpServers.draft;
import static io.mailrouter.smtp.SmtpServers.send;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Accepted;
import io.mailrouter.provider.Outcome.Misconfigured;
import io.mailrouter.provider.Outcome.Scope;
import io.mailrouter.provider.Outcome.Unavailable;
import io.mailrouter.provider.Secret;
import io.mailrouter.testkit.LoopbackSmtp;
import io.mailrouter.testkit.SmtpBehaviour;
import io.mailrouter.testkit.SmtpPhase;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

@Timeout(60)
class SmtpTlsTest {

    private static final String CANARY = "canary-7f3a";
    private static final String LOUD = "at INFO or above: ";

    private static SmtpProvider.Builder to(LoopbackSmtp server) {
        return SmtpProvider.builder()
                .url(server.url())
                .sslContext(server.trust())
                .login("user", Secret.of(CANARY));
    }

    private static LoopbackSmtp needingLogin(LoopbackSmtp server) {
        server.needLogin("user", CANARY);
        return server;
    }

    private static boolean heldBack(List<String> lines) {
        String all = String.join("\n", lines);
        return !all.contains(CANARY) && !all.contains(base64(CANARY)) && !all.contains("AUTH") && !all.contains("MAIL");
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void logsInAfterStartTls() {
        try (LoopbackSmtp server = needingLogin(LoopbackSmtp.startTls());
                SmtpProvider provider = to(server).build()) {
            assertThat(send(provider, draft().build())).isInstanceOf(Accepted.class);
            assertThat(send(provider, draft().build())).isInstanceOf(Accepted.class);

            assertThat(server.connections()).isOne();
            assertThat(heldBack(server.clearLines())).isTrue();
            assertThat(provider.capabilities()
                            .unfit(draft().to("\u00fcnal@example.org").build()))
                    .isEmpty();
        }
    }

    @Test
    void logsInOverImplicitTls() {
        try (LoopbackSmtp server = needingLogin(LoopbackSmtp.tls());
                SmtpProvider provider = to(server).build()) {
            assertThat(send(provider, draft().build())).isInstanceOf(Accepted.class);
            assertThat(server.clearLines()).isEmpty();
        }
    }

    @Test
    void asksForATokenForEachConnection() {
        AtomicInteger asked = new AtomicInteger();
        try (LoopbackSmtp server = needingLogin(LoopbackSmtp.startTls());
                SmtpProvider provider = SmtpProvider.builder()
                        .url(server.url())
                        .sslContext(server.trust())
                        .maxMessagesPerConnection(2)
                        .token("user", () -> {
                            asked.incrementAndGet();
                            return Secret.of(CANARY);
                        })
                        .build()) {
            for (int i = 0; i < 4; i++) {
                assertThat(send(provider, draft().build())).isInstanceOf(Accepted.class);
            }
            assertThat(asked).hasValue(2);
            assertThat(server.connections()).isEqualTo(2);
        }
    }

    @Test
    @DisplayName("S6 STARTTLS stripped: not sent, password never in clear")
    void refusesAServerWithoutTls() {
        try (LoopbackSmtp server = needingLogin(LoopbackSmtp.start());
                SmtpProvider provider = to(server).build()) {
            assertThat(send(provider, draft().build()))
                    .isEqualTo(new Unavailable("starttls_missing", "nothing was sent"));
            assertThat(heldBack(server.clearLines())).isTrue();
            assertThat(server.accepted()).isEmpty();
        }
    }

    @ParameterizedTest(name = "S6 STARTTLS answered with {0}: not sent, password never in clear")
    @ValueSource(strings = {"454 4.7.0 not now", "502 no", "220 garbage instead of TLS"})
    void refusesAServerWhoseTlsFails(String reply) {
        try (LoopbackSmtp server = needingLogin(LoopbackSmtp.startTls());
                SmtpProvider provider = to(server).build()) {
            server.next(SmtpBehaviour.answer(SmtpPhase.STARTTLS, reply + "\r\n250 and more"));

            assertThat(send(provider, draft().build())).isInstanceOf(Unavailable.class);
            assertThat(heldBack(server.clearLines())).isTrue();
            assertThat(server.accepted()).isEmpty();
        }
    }

    @ParameterizedTest(name = "P5 S6 certificate {0}: not sent, a warning, not relaxed, password never shown")
    @ValueSource(strings = {"expired", "for another host", "of an unknown authority", "for another host, implicit"})
    void refusesACertificateThatDoesNotHold(String what) {
        try (LoopbackSmtp server = needingLogin(
                        switch (what) {
                            case "expired" -> LoopbackSmtp.startTlsExpired();
                            case "for another host" -> LoopbackSmtp.startTlsForAnotherHost();
                            case "for another host, implicit" -> LoopbackSmtp.tls();
                            default -> LoopbackSmtp.startTls();
                        });
                LoopbackSmtp stranger = LoopbackSmtp.tls();
                SmtpProvider provider = to(server)
                        .sslContext(what.startsWith("of an") ? stranger.trust() : server.trust())
                        .host(what.endsWith("implicit") ? "127.0.0.1" : "localhost")
                        .build()) {
            Logger logger = (Logger) LoggerFactory.getLogger(SmtpProvider.class);
            ListAppender<ILoggingEvent> logged = new ListAppender<>();
            logged.start();
            logger.addAppender(logged);

            Outcome outcome = send(provider, draft().build());

            logger.detachAppender(logged);
            assertThat(outcome).isEqualTo(new Unavailable("tls_certificate", "nothing was sent"));
            assertThat(heldBack(server.clearLines())).isTrue();
            assertThat(server.accepted()).isEmpty();
            assertThat(logged.list)
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .containsExactly(
                            "smtp showed a certificate that does not hold for its host: nothing was sent to it");
        }
    }

    @ParameterizedTest(name = "P14 login answered with {0} is {1}")
    @CsvSource({
        "535 5.7.8 wrong, misconfigured",
        "534 5.7.9 mechanism too weak, misconfigured",
        "530 5.7.0 need TLS, misconfigured",
        "500 what, misconfigured",
        "454 4.7.0 temporary failure, unavailable",
        "421 4.7.0 too many tries, unavailable",
        "451 Authentication failed: Maximum credits exceeded, quota_exhausted"
    })
    void readsARefusedLogin(String reply, String word) {
        try (LoopbackSmtp server = needingLogin(LoopbackSmtp.tls());
                SmtpProvider provider = to(server).build()) {
            server.behave(SmtpBehaviour.answer(SmtpPhase.AUTH, reply));

            Outcome outcome = send(provider, draft().build());

            assertThat(outcome.word()).isEqualTo(word);
            assertThat(server.accepted()).isEmpty();
        }
    }

    @Test
    @DisplayName("P14 a refused token, told in a challenge, is a wrong credential")
    void readsARefusedToken() {
        try (LoopbackSmtp server = needingLogin(LoopbackSmtp.tls());
                SmtpProvider provider = SmtpProvider.builder()
                        .url(server.url())
                        .sslContext(server.trust())
                        .token("user", () -> Secret.of("old"))
                        .build()) {
            server.next(SmtpBehaviour.answer(SmtpPhase.AUTH, "334 eyJzdGF0dXMiOiI0MDEifQ=="));

            assertThat(send(provider, draft().build()))
                    .isInstanceOfSatisfying(
                            Misconfigured.class,
                            outcome -> assertThat(outcome.scope()).isEqualTo(Scope.ACCOUNT));
        }
    }

    @Test
    void neverSendsWithoutTheLoginThatItWasGiven() {
        try (LoopbackSmtp server = LoopbackSmtp.tls();
                SmtpProvider provider = to(server).build()) {
            assertThat(send(provider, draft().build()).code()).isEqualTo("no_login_offered");
            assertThat(server.accepted()).isEmpty();
        }
    }

    @Test
    @DisplayName(
            "C10 a password is in no log at any level, in no outcome and no toString, even if the server repeats it")
    void keepsThePassword() {
        List<String> said = new ArrayList<>();
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        Level before = root.getLevel();
        ListAppender<ILoggingEvent> appender = new ListAppender<>();
        appender.start();
        root.addAppender(appender);
        root.setLevel(Level.TRACE);
        java.util.logging.Logger jul = java.util.logging.Logger.getLogger("");
        java.util.logging.Level julBefore = jul.getLevel();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord logRecord) {
                synchronized (said) {
                    if (logRecord.getLevel().intValue() >= java.util.logging.Level.INFO.intValue()) {
                        said.add(LOUD + logRecord.getLoggerName());
                    }
                    said.add(logRecord.getMessage() + " " + Arrays.toString(logRecord.getParameters()) + " "
                            + logRecord.getThrown());
                }
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        jul.addHandler(handler);
        jul.setLevel(java.util.logging.Level.ALL);
        handler.setLevel(java.util.logging.Level.ALL);
        try (LoopbackSmtp server = needingLogin(LoopbackSmtp.startTls());
                SmtpProvider provider = to(server).trust(Duration.ZERO).build();
                SmtpProvider withToken = SmtpProvider.builder()
                        .url(server.url())
                        .sslContext(server.trust())
                        .token("user", () -> {
                            throw new IllegalStateException(CANARY);
                        })
                        .build()) {
            said.add(send(provider, draft().build()).toString());
            server.next(SmtpBehaviour.close(SmtpPhase.RSET), SmtpBehaviour.answer(SmtpPhase.AUTH, "535 no " + CANARY));
            said.add(send(provider, draft().build()).toString());
            said.add(send(withToken, draft().build()).toString());
            said.add(provider + " " + Login.password("user", Secret.of(CANARY)));
        } finally {
            jul.removeHandler(handler);
            jul.setLevel(julBefore);
            root.setLevel(before);
            root.detachAppender(appender);
        }
        appender.list.forEach(event -> {
            said.add(event.getFormattedMessage());
            if (event.getLevel().isGreaterOrEqual(Level.INFO)) {
                said.add(LOUD + event.getLoggerName());
            }
        });

        assertThat(said).hasSizeGreaterThan(10);
        assertThat(said)
                .noneMatch(text -> text.contains(CANARY)
                        || text.contains(base64(CANARY))
                        || text.contains(base64("user\0user\0" + CANARY)));
        assertThat(said).as("C11 nothing at all is said aloud").noneMatch(text -> text.startsWith(LOUD));
        assertThat(said).anyMatch(text -> text.contains("smtp_535")).anyMatch(text -> text.contains("no_token"));
    }
}
