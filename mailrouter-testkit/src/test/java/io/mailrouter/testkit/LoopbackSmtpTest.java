package io.mailrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LoopbackSmtpTest {

    private static final Duration LONG = Duration.ofSeconds(20);

    private final LoopbackSmtp server = LoopbackSmtp.startTls();

    @AfterEach
    void close() {
        server.close();
    }

    /** A client that says what it is told, line by line. */
    private static final class Client implements AutoCloseable {

        private Socket socket;
        private BufferedReader in;

        Client(LoopbackSmtp server) throws IOException {
            use(new Socket(server.host(), server.port()));
        }

        private void use(Socket connected) throws IOException {
            socket = connected;
            socket.setSoTimeout(20_000);
            in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
        }

        void startTls(LoopbackSmtp server) throws IOException {
            SSLSocket secured = (SSLSocket)
                    server.trust().getSocketFactory().createSocket(socket, server.host(), server.port(), true);
            SSLParameters parameters = secured.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            secured.setSSLParameters(parameters);
            secured.startHandshake();
            use(secured);
        }

        String says(String text) throws IOException {
            socket.getOutputStream().write((text + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            return reply();
        }

        /** Returns the last line of a reply. */
        String reply() throws IOException {
            String line = in.readLine();
            while (line != null && line.length() > 3 && line.charAt(3) == '-') {
                line = in.readLine();
            }
            return String.valueOf(line);
        }

        void mailTo(String recipient) throws IOException {
            assertThat(reply()).startsWith("220");
            assertThat(says("EHLO here")).startsWith("250");
            assertThat(says("MAIL FROM:<shop@example.com> SIZE=9")).startsWith("250");
            assertThat(says("RCPT TO:<" + recipient + ">")).startsWith("250");
            assertThat(says("DATA")).startsWith("354");
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    @Test
    void keepsWhatItTakesWithItsEnvelope() throws IOException {
        try (Client client = new Client(server)) {
            client.mailTo("ada@example.org");

            assertThat(client.says("Subject: x\r\n\r\n..dot\n.\nstill here\r\n."))
                    .isEqualTo("250 2.0.0 queued as smtp-1");
            assertThat(client.says("QUIT")).startsWith("221");
        }

        assertThat(server.accepted()).singleElement().satisfies(mail -> {
            assertThat(mail.envelopeFrom()).isEqualTo("shop@example.com");
            assertThat(mail.parameters()).isEqualTo("SIZE=9");
            assertThat(mail.recipients()).containsExactly("ada@example.org");
            assertThat(new String(mail.content(), StandardCharsets.US_ASCII))
                    .isEqualTo("Subject: x\r\n\r\n.dot\n.\nstill here\r\n");
            assertThat(new String(mail.wire(), StandardCharsets.US_ASCII)).contains("\r\n..dot\n");
        });
        assertThat(server.messages()).isOne();
        assertThat(server.connections()).isOne();
        await().atMost(LONG).until(() -> server.openConnections() == 0);
    }

    @Test
    void refusesSomeRecipients() throws IOException {
        server.refuse("nobody@example.org", "550 5.1.1 no such user");

        try (Client client = new Client(server)) {
            client.reply();
            client.says("EHLO here");
            client.says("MAIL FROM:<shop@example.com>");

            assertThat(client.says("RCPT TO:<nobody@example.org>")).isEqualTo("550 5.1.1 no such user");
            assertThat(client.says("DATA")).startsWith("554");
        }
        assertThat(server.recipients()).isOne();
        assertThat(server.accepted()).isEmpty();
    }

    @Test
    void doesWhatItIsToldInThePhaseItIsToldFor() throws IOException {
        server.next(
                SmtpBehaviour.answer(SmtpPhase.CONNECT, "421 4.3.2 busy"),
                SmtpBehaviour.answer(SmtpPhase.DOT, "451 4.3.0 later"),
                SmtpBehaviour.acceptThenClose());
        try (Client client = new Client(server)) {
            assertThat(client.reply()).startsWith("421");
            assertThat(client.reply()).isEqualTo("null");
        }
        try (Client client = new Client(server)) {
            client.mailTo("ada@example.org");
            assertThat(client.says("x\r\n.")).startsWith("451");
            assertThat(server.accepted()).isEmpty();
        }
        try (Client client = new Client(server)) {
            client.mailTo("ada@example.org");
            assertThat(client.says("x\r\n.")).isEqualTo("null");
        }

        assertThat(server.accepted()).hasSize(1);
        assertThat(server.messages()).isEqualTo(2);
    }

    @Test
    void resetsInsideAMessage() throws IOException {
        server.behave(SmtpBehaviour.resetInBody(10));

        try (Client client = new Client(server)) {
            client.mailTo("ada@example.org");

            assertThatThrownBy(() -> client.says("x".repeat(100))).isInstanceOf(SocketException.class);
        }
        assertThat(server.messages()).isZero();
    }

    @Test
    void refusesConnectionsUntilItIsToldOtherwise() throws IOException {
        server.behave(SmtpBehaviour.refuseConnections());
        assertThatThrownBy(() -> new Client(server)).isInstanceOf(IOException.class);
        server.behave(SmtpBehaviour.accept());

        try (Client client = new Client(server)) {
            assertThat(client.reply()).startsWith("220");
        }
        assertThatThrownBy(() -> server.next(SmtpBehaviour.refuseConnections()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("use behave");
    }

    @Test
    void speaksTlsToWhoeverTrustsItAndKnowsALogin() throws IOException {
        server.needLogin("user", "canary");
        String plain = Base64.getEncoder().encodeToString("\0user\0canary".getBytes(StandardCharsets.UTF_8));
        try (Client client = new Client(server)) {
            client.reply();
            client.says("EHLO here");
            assertThat(client.says("STARTTLS")).startsWith("220");
            client.startTls(server);
            client.says("EHLO here");

            assertThat(client.says("MAIL FROM:<shop@example.com>")).startsWith("530");
            assertThat(client.says("AUTH PLAIN AAA=")).startsWith("535");
            assertThat(client.says("AUTH PLAIN " + plain)).startsWith("235");
            assertThat(client.says("MAIL FROM:<shop@example.com>")).startsWith("250");
        }
        assertThat(server.clearLines()).containsExactly("EHLO here", "STARTTLS");
    }

    @Test
    void showsAnExpiredOrAForeignCertificateOnCommand() throws IOException {
        try (LoopbackSmtp expired = LoopbackSmtp.startTlsExpired();
                LoopbackSmtp foreign = LoopbackSmtp.startTlsForAnotherHost();
                Client first = new Client(expired);
                Client second = new Client(foreign)) {
            first.reply();
            first.says("STARTTLS");
            assertThatThrownBy(() -> first.startTls(expired))
                    .isInstanceOf(SSLHandshakeException.class)
                    .hasStackTraceContaining("NotAfter");
            second.reply();
            second.says("STARTTLS");
            assertThatThrownBy(() -> second.startTls(foreign))
                    .isInstanceOf(SSLHandshakeException.class)
                    .hasMessageContaining("localhost");
        }
    }
}
