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
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.apache.http.HttpHost;
import org.apache.http.config.ConnectionConfig;
import org.apache.http.conn.ManagedHttpClientConnection;
import org.apache.http.conn.routing.HttpRoute;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** TLS against certificates of an authority that this JVM trusts, but for the one that it does not know. */
@Timeout(120)
class SendGridTlsTest {

    private static final String PASSWORD = "changeit";

    @TempDir
    static Path folder;

    private final AtomicInteger requests = new AtomicInteger();

    @BeforeAll
    static void makeCertificates() throws Exception {
        keytool("authority", "CN=authority", "-ext", "bc:c");
        keytool("good", "CN=good", "-ext", "san=ip:127.0.0.1", "-signer", "authority");
        keytool("other-host", "CN=127.0.0.1", "-ext", "san=dns:other.example", "-signer", "authority");
        keytool("expired", "CN=expired", "-ext", "san=ip:127.0.0.1", "-signer", "authority", "-startdate", "-9d");
        keytool("unknown", "CN=unknown", "-ext", "san=ip:127.0.0.1");
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("authority", keys().getCertificate("authority"));
        try (OutputStream out = Files.newOutputStream(folder.resolve("trusted.p12"))) {
            trusted.store(out, PASSWORD.toCharArray());
        }
        System.setProperty(
                "javax.net.ssl.trustStore", folder.resolve("trusted.p12").toString());
        System.setProperty("javax.net.ssl.trustStorePassword", PASSWORD);
    }

    @AfterAll
    static void trustAsBefore() {
        System.clearProperty("javax.net.ssl.trustStore");
        System.clearProperty("javax.net.ssl.trustStorePassword");
    }

    private static void keytool(String alias, String name, String... more) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                alias,
                "-keyalg",
                "EC",
                "-dname",
                name,
                "-validity",
                "2",
                "-storetype",
                "PKCS12",
                "-keystore",
                folder.resolve("keys.p12").toString(),
                "-storepass",
                PASSWORD));
        command.addAll(List.of(more));
        Process keytool = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("keytool.log").toFile())
                .start();
        assertThat(keytool.waitFor()).isZero();
    }

    private static KeyStore keys() throws IOException, GeneralSecurityException {
        return KeyStore.getInstance(folder.resolve("keys.p12").toFile(), PASSWORD.toCharArray());
    }

    @Test
    void sendsToWhoeverProvesToBeTheHost() throws Exception {
        assertThat(sendTo("good")).isEqualTo(new Accepted("m-1"));
        assertThat(requests).hasValue(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"expired", "other-host", "unknown"})
    @DisplayName("P5 a certificate that does not hold: not sent, a warning, verification never relaxed")
    void isUnavailableWhenTheCertificateDoesNotHold(String certificate) throws Exception {
        Logger logger = (Logger) LoggerFactory.getLogger(SendGridProvider.class);
        ListAppender<ILoggingEvent> logged = new ListAppender<>();
        logged.start();
        logger.addAppender(logged);
        try {
            assertThat(sendTo(certificate)).isEqualTo(new Unavailable("tls_certificate", "nothing was written"));
        } finally {
            logger.detachAppender(logged);
        }

        assertThat(requests).hasValue(0);
        assertThat(logged.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly(
                        "sendgrid showed a certificate that does not hold for its host: nothing was sent to it");
    }

    @Test
    @DisplayName("T1 a connection is ended without waiting for a farewell in TLS, which would hold up all deadlines")
    void endsAConnectionAtOnce() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        SocketServer.Act fallSilent = socket -> {
            socket.getOutputStream().write(SocketServer.read(socket.getInputStream()));
            awaitThen(over);
        };
        TrustManagerFactory trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trusted.init(KeyStore.getInstance(folder.resolve("trusted.p12").toFile(), PASSWORD.toCharArray()));
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trusted.getTrustManagers(), null);
        try (SocketServer server = SocketServer.start(listener("good"), fallSilent);
                Socket beneath = new Socket("127.0.0.1", server.url().getPort());
                ManagedHttpClientConnection connection = new QuietConnections()
                        .create(new HttpRoute(new HttpHost("127.0.0.1")), ConnectionConfig.DEFAULT)) {
            beneath.setSoTimeout(20_000);
            connection.bind(beneath);
            Socket secured = context.getSocketFactory().createSocket(beneath, "127.0.0.1", 443, true);
            connection.bind(secured);
            secured.getOutputStream().write(7);
            assertThat(secured.getInputStream().read()).isEqualTo(7);
            long begin = System.nanoTime();

            connection.shutdown();

            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(8));
            assertThat(secured.isClosed()).isTrue();
        } finally {
            over.countDown();
        }
    }

    private static void awaitThen(CountDownLatch over) throws IOException {
        try {
            over.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private Outcome sendTo(String certificate) throws Exception {
        SocketServer.Act accept = socket -> {
            SocketServer.readRequest(socket);
            requests.incrementAndGet();
            SocketServer.write(socket, "HTTP/1.1 202 -\r\nX-Message-Id: m-1\r\nContent-Length: 0\r\n\r\n");
        };
        try (SocketServer server = SocketServer.start(listener(certificate), accept);
                SendGridProvider provider = SendGridProviderTest.builder(server.secureUrl("127.0.0.1"))
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

    private static ServerSocket listener(String certificate) throws IOException, GeneralSecurityException {
        KeyStore one = KeyStore.getInstance("PKCS12");
        one.load(null, null);
        char[] password = PASSWORD.toCharArray();
        one.setKeyEntry(
                certificate, keys().getKey(certificate, password), password, keys().getCertificateChain(certificate));
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(one, password);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context.getServerSocketFactory().createServerSocket(0, 9, InetAddress.getByName("127.0.0.1"));
    }
}
