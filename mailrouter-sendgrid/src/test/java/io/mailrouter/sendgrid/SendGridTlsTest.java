package io.mailrouter.sendgrid;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.mailrouter.email.Email;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Accepted;
import io.mailrouter.provider.Outcome.Unavailable;
import io.mailrouter.testkit.LoopbackSendGrid;
import io.mailrouter.testkit.LoopbackTls;
import io.mailrouter.testkit.TlsFault;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/** TLS against certificates of an authority that this JVM trusts, for it cannot be told to a provider whom to trust. */
@Timeout(60)
class SendGridTlsTest {

    private static final String PASSWORD = "changeit";

    @TempDir
    Path folder;

    private final LoopbackSendGrid sendGrid = LoopbackSendGrid.start();

    @AfterEach
    void trustAsBefore() {
        System.clearProperty("javax.net.ssl.trustStore");
        System.clearProperty("javax.net.ssl.trustStorePassword");
        sendGrid.close();
    }

    @Test
    void sendsToWhoeverProvesToBeTheHost() throws Exception {
        try (LoopbackTls tls = LoopbackTls.before(sendGrid.url(), TlsFault.NONE)) {
            trust(tls);

            assertThat(sendTo(tls)).isInstanceOf(Accepted.class);
        }
        assertThat(sendGrid.requests()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(names = {"EXPIRED", "WRONG_HOST"})
    @DisplayName("P5 a certificate that does not hold: not sent, a warning, verification never relaxed")
    void isUnavailableWhenTheCertificateDoesNotHold(TlsFault fault) throws Exception {
        try (LoopbackTls tls = LoopbackTls.before(sendGrid.url(), fault)) {
            trust(tls);

            isRefusedWithAWarning(tls);
        }
    }

    @Test
    @DisplayName("P5 a certificate of an authority that nobody knows: not sent, a warning")
    void isUnavailableWhenNobodyKnowsTheAuthority() {
        try (LoopbackTls tls = LoopbackTls.before(sendGrid.url(), TlsFault.NONE)) {
            isRefusedWithAWarning(tls);
        }
    }

    private void isRefusedWithAWarning(LoopbackTls tls) {
        Logger logger = (Logger) LoggerFactory.getLogger(SendGridProvider.class);
        ListAppender<ILoggingEvent> logged = new ListAppender<>();
        logged.start();
        logger.addAppender(logged);
        try {
            assertThat(sendTo(tls)).isEqualTo(new Unavailable("tls_certificate", "nothing was written"));
        } finally {
            logger.detachAppender(logged);
        }

        assertThat(sendGrid.requests()).isZero();
        assertThat(logged.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly(
                        "sendgrid showed a certificate that does not hold for its host: nothing was sent to it");
    }

    /** Makes this JVM trust the authority of a server and no other, as an operator might. */
    private void trust(LoopbackTls tls) throws IOException, GeneralSecurityException {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        for (TrustManager manager : tls.trustManagers()) {
            trusted.setCertificateEntry("authority", ((X509TrustManager) manager).getAcceptedIssuers()[0]);
        }
        Path file = folder.resolve("trusted.p12");
        try (OutputStream out = Files.newOutputStream(file)) {
            trusted.store(out, PASSWORD.toCharArray());
        }
        System.setProperty("javax.net.ssl.trustStore", file.toString());
        System.setProperty("javax.net.ssl.trustStorePassword", PASSWORD);
    }

    private static Outcome sendTo(LoopbackTls tls) {
        try (SendGridProvider provider = SendGridProviderTest.builder(tls.url())
                .connectTimeout(Duration.ofSeconds(20))
                .build()) {
            Email email = Email.builder()
                    .from("shop@example.com")
                    .to("ada@example.org")
                    .subject("s")
                    .text("t")
                    .build();
            return provider.send(email, Attempt.Context.within(Duration.ofSeconds(30)));
        }
    }
}
