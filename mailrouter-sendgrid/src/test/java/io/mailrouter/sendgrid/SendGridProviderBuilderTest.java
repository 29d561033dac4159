package io.mailrouter.sendgrid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.mailrouter.email.Email;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Accepted;
import io.mailrouter.provider.Outcome.Unavailable;
import io.mailrouter.provider.Secret;
import io.mailrouter.testkit.Behaviour;
import io.mailrouter.testkit.LoopbackSendGrid;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

@Timeout(60)
class SendGridProviderBuilderTest {

    private static final Email EMAIL = Email.builder()
            .from("shop@example.com")
            .to("ada@example.org")
            .subject("s")
            .text("t")
            .build();

    private final LoopbackSendGrid sendGrid = LoopbackSendGrid.start();

    @AfterEach
    void close() {
        sendGrid.close();
    }

    @Test
    void namesTheSettingThatIsWrong() {
        SendGridProvider.Builder builder = SendGridProvider.builder();
        assertThatThrownBy(builder::build).hasMessage("apiKey is missing");
        assertThatThrownBy(() -> builder.name("Send Grid")).hasMessageStartingWith("name needs");
        for (String endpoint : List.of("ftp://x", "/x", "https://x/path", "https://u:p@x", "https://x?q=1")) {
            assertThatThrownBy(() -> builder.endpoint(URI.create(endpoint)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("endpoint needs");
        }
        assertThatThrownBy(() -> builder.connectTimeout(Duration.ZERO))
                .hasMessageStartingWith("connectTimeout is PT0S");
        assertThatThrownBy(() -> builder.responseTimeout(Duration.ofHours(1)))
                .hasMessageStartingWith("responseTimeout is PT1H");
        assertThatThrownBy(() -> builder.maxConnections(0)).hasMessageStartingWith("maxConnections is 0");
        assertThatThrownBy(() -> builder.maxConnections(10_001)).hasMessageStartingWith("maxConnections is 10001");
    }

    @Test
    void sendsItsKeyInTheClearToThisMachineOnly() {
        SendGridProvider.Builder builder = SendGridProvider.builder();
        for (String own :
                List.of("http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1", "https://example.com/")) {
            builder.endpoint(URI.create(own));
        }
        for (String foreign : List.of("http://example.com", "http://127.0.0.1.example.com", "http://10.0.0.1")) {
            assertThatThrownBy(() -> builder.endpoint(URI.create(foreign)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("unencrypted");
        }
    }

    @Test
    void isCalledSendGridUnlessNamed() {
        try (SendGridProvider plain = provider().build();
                SendGridProvider named = provider().name("sendgrid-eu").build()) {
            assertThat(plain.name()).isEqualTo("sendgrid");
            assertThat(named).hasToString("SendGridProvider[sendgrid-eu]");
        }
    }

    @Test
    @DisplayName("C10 a key with a line end behind it: cut off, and sent as a bearer token")
    void sendsItsKeyAsABearerToken() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                SendGridProvider provider = SendGridProvider.builder()
                        .apiKey(Secret.of("SG.key\n"))
                        .endpoint(URI.create("http://127.0.0.1:" + server.getLocalPort()))
                        .build()) {
            CompletableFuture<Outcome> sent = CompletableFuture.supplyAsync(() -> send(provider));
            try (Socket socket = server.accept()) {
                StringBuilder head = new StringBuilder();
                while (head.indexOf("\r\n\r\n") < 0) {
                    head.append((char) socket.getInputStream().read());
                }
                assertThat(head.toString().split("\r\n"))
                        .contains(
                                "POST /v3/mail/send HTTP/1.1",
                                "Authorization: Bearer SG.key",
                                "Content-Type: application/json");
                socket.getOutputStream()
                        .write("HTTP/1.1 202 -\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                assertThat(sent.join()).isEqualTo(new Accepted(""));
            }
        }
    }

    @Test
    void waitsForAFreeConnectionNoLongerThanTheConnectTimeout() {
        sendGrid.next(Behaviour.acceptAfter(Duration.ofSeconds(3)));
        try (SendGridProvider narrow = provider()
                .maxConnections(1)
                .connectTimeout(Duration.ofMillis(200))
                .build()) {
            CompletableFuture<Outcome> first = CompletableFuture.supplyAsync(() -> send(narrow));
            await().until(() -> sendGrid.requests() == 1);
            long start = System.nanoTime();

            assertThat(send(narrow)).isEqualTo(new Unavailable("pool_timeout", "nothing was written"));
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
            assertThat(first.join()).isInstanceOf(Accepted.class);
        }
        assertThat(sendGrid.requests()).isEqualTo(1);
    }

    @Test
    @DisplayName("P2 connect black hole: not sent within the connect time-out")
    void givesUpConnectingAtTheConnectTimeout() throws Exception {
        blackHole(hole -> {
            try (SendGridProvider provider =
                    provider(hole).connectTimeout(Duration.ofMillis(300)).build()) {
                assertThat(send(provider)).isEqualTo(new Unavailable("connect_timeout", "nothing was written"));
            }
        });
    }

    @Test
    @DisplayName("P2 connect black hole: not sent at the deadline if that comes first")
    void givesUpConnectingAtTheDeadline() throws Exception {
        blackHole(hole -> {
            try (SendGridProvider provider =
                    provider(hole).connectTimeout(Duration.ofMinutes(1)).build()) {
                long start = System.nanoTime();
                Outcome outcome = provider.send(EMAIL, Attempt.Context.within(Duration.ofMillis(300)));

                assertThat(outcome).isInstanceOf(Unavailable.class);
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
            }
        });
    }

    private interface InBlackHole {
        void run(URI hole) throws IOException;
    }

    /** Runs with a listener whose queue nobody empties: once it is full, the kernel drops what asks to connect. */
    private static void blackHole(InBlackHole test) throws IOException {
        List<Socket> fillers = new ArrayList<>();
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            for (int i = 0; i < 4; i++) {
                Socket filler = new Socket();
                fillers.add(filler);
                CompletableFuture.runAsync(() -> connect(filler, full));
            }
            await().until(() -> fillers.stream().filter(Socket::isConnected).count() >= 2);
            test.run(URI.create("http://127.0.0.1:" + full.getLocalPort()));
        } finally {
            for (Socket filler : fillers) {
                filler.close();
            }
        }
    }

    private static void connect(Socket socket, ServerSocket to) {
        try {
            socket.connect(to.getLocalSocketAddress(), 20_000);
        } catch (IOException e) {
            // The socket is closed at the end of the test, or never got in: both fill the queue.
        }
    }

    @Test
    @DisplayName("C10 the key is in no log, no outcome and no toString")
    void showsNoKey() {
        Logger logger = (Logger) LoggerFactory.getLogger("io.mailrouter");
        ListAppender<ILoggingEvent> logged = new ListAppender<>();
        logged.start();
        logger.setLevel(Level.TRACE);
        logger.addAppender(logged);
        List<Object> seen = Collections.synchronizedList(new ArrayList<>());
        // Apache's client logs through here, and would write headers and bodies at debug.
        java.util.logging.Logger apache = java.util.logging.Logger.getLogger("org.apache.http");
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord record) {
                seen.add(String.valueOf(record.getMessage()));
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        apache.setLevel(java.util.logging.Level.ALL);
        apache.setUseParentHandlers(false);
        apache.addHandler(handler);
        SendGridProvider.Builder builder = provider();
        try (SendGridProvider provider = builder.build()) {
            sendGrid.next(
                    Behaviour.accept(),
                    Behaviour.answer(202, Map.of(), ""),
                    LoopbackSendGrid.error(401, "wrong key SG.key-canary"),
                    Behaviour.acceptThenReset());
            for (int i = 0; i < 4; i++) {
                seen.add(send(provider));
            }
            seen.add(provider);
            seen.add(builder);
        } finally {
            logger.detachAppender(logged);
            apache.removeHandler(handler);
            apache.setLevel(null);
        }

        assertThat(logged.list).isNotEmpty();
        logged.list.forEach(event -> seen.add(event.getFormattedMessage()));
        assertThat(seen.toString()).contains("Executing request").doesNotContain("canary", "ada@", "shop@");
    }

    private static Outcome send(SendGridProvider provider) {
        return provider.send(EMAIL, Attempt.Context.within(Duration.ofSeconds(30)));
    }

    private SendGridProvider.Builder provider() {
        return provider(sendGrid.url());
    }

    private static SendGridProvider.Builder provider(URI endpoint) {
        return SendGridProviderTest.builder(endpoint);
    }
}
