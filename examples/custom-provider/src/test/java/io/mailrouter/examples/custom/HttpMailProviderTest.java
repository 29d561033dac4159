package io.mailrouter.examples.custom;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpServer;
import io.mailrouter.EmailService;
import io.mailrouter.SendResult;
import io.mailrouter.Skipped;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.provider.Secret;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class HttpMailProviderTest {

    private final List<JsonNode> received = new CopyOnWriteArrayList<>();
    private final CountDownLatch hang = new CountDownLatch(1);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private volatile int status = 202;
    private HttpServer server;
    private EmailService emails;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/messages", exchange -> {
            received.add(new JsonMapper().readTree(exchange.getRequestBody()));
            if (status == 0) {
                await(hang);
            }
            exchange.getResponseHeaders().add("X-Id", "m-1");
            exchange.sendResponseHeaders(status == 0 ? 202 : status, -1);
            exchange.close();
        });
        server.setExecutor(threads);
        server.start();
        emails = service(URI.create("http://127.0.0.1:" + server.getAddress().getPort()));
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static EmailService service(URI endpoint) {
        return EmailService.builder()
                .provider(new HttpMailProvider(endpoint, Secret.of("token")), p -> p.timeout(Duration.ofSeconds(2)))
                .build();
    }

    @AfterEach
    void stop() {
        hang.countDown();
        emails.close();
        server.stop(0);
        threads.shutdownNow();
    }

    private static EmailBuilder email() {
        return Email.builder()
                .from("Shop <no-reply@example.com>")
                .to("Ada <ada@example.org>")
                .bcc("hidden@example.org")
                .replyTo("help@example.com")
                .subject("Ünïcode 🚚")
                .html("<p>hello</p>");
    }

    @Test
    void carriesTheWholeEmail() {
        SendResult.Accepted accepted = emails.send(email().build());

        assertThat(accepted.messageId()).isEqualTo("m-1");
        assertThat(received).singleElement().satisfies(json -> {
            assertThat(json.path("reference").asText())
                    .isEqualTo(accepted.trail().reference());
            assertThat(json.path("subject").asText()).isEqualTo("Ünïcode 🚚");
            assertThat(json.path("to").get(0).path("name").asText()).isEqualTo("Ada");
            assertThat(json.path("bcc").get(0).path("address").asText()).isEqualTo("hidden@example.org");
            assertThat(json.path("replyTo").get(0).path("address").asText()).isEqualTo("help@example.com");
        });
    }

    @Test
    void isNotEligibleForWhatItCannotCarry() {
        SendResult result = emails.trySend(email().tag("order").build());

        assertThat(result).isInstanceOf(SendResult.Rejected.class);
        assertThat(result.trail().skipped()).extracting(Skipped::reason).containsExactly(Skipped.Reason.NOT_CAPABLE);
        assertThat(received).isEmpty();
    }

    @Test
    void answersOfTheServiceDecide() {
        status = 422;
        assertThat(emails.trySend(email().build())).isInstanceOf(SendResult.Rejected.class);
        status = 503;
        assertThat(emails.trySend(email().build())).isInstanceOf(SendResult.NotSent.class);
        status = 502;
        assertThat(emails.trySend(email().build())).isInstanceOf(SendResult.Unknown.class);
    }

    @Test
    @DisplayName("P3 a server that reads and never answers: unknown, one request seen")
    void aHangIsUnknown() {
        status = 0;

        assertThat(emails.trySend(email().build())).isInstanceOf(SendResult.Unknown.class);
        assertThat(received).hasSize(1);
    }

    @Test
    @DisplayName("P1 a refused connection: surely not sent")
    void aRefusedConnectionIsNotSent() {
        server.stop(0);

        assertThat(emails.trySend(email().build())).isInstanceOf(SendResult.NotSent.class);
    }
}
