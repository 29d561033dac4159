package io.mailrouter.smtp;

import static io.mailrouter.smtp.SmtpServers.LONG;
import static io.mailrouter.smtp.SmtpServers.draft;
import static io.mailrouter.smtp.SmtpServers.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Accepted;
import io.mailrouter.provider.Outcome.Unavailable;
import io.mailrouter.provider.Secret;
import io.mailrouter.testkit.BlackHole;
import io.mailrouter.testkit.LoopbackSmtp;
import io.mailrouter.testkit.SmtpBehaviour;
import io.mailrouter.testkit.SmtpPhase;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Every value has a default, a range, and an effect. */
@Timeout(60)
class SmtpProviderBuilderTest {

    private static SmtpProvider.Builder builder() {
        return SmtpProvider.builder();
    }

    private static void refuses(ThrowingCallable call, String... words) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessageContainingAll(words);
    }

    @Test
    void needsAHost() {
        refuses(() -> builder().build(), "host is missing");
        refuses(() -> builder().host("not a host"), "host needs");
        refuses(() -> builder().host("a\r\nb"), "host needs");
    }

    @Test
    void neverSendsALoginInClear() {
        refuses(
                () -> builder()
                        .host("localhost")
                        .plaintext()
                        .login("u", Secret.of("p"))
                        .build(),
                "plaintext would send the login in clear");
        refuses(
                () -> builder()
                        .host("localhost")
                        .token("u", () -> Secret.of("p"))
                        .plaintext()
                        .build(),
                "plaintext would send the login in clear");
        refuses(() -> builder().login(" ", Secret.of("p")), "username");
        refuses(() -> builder().login("a\nb", Secret.of("p")), "username");
    }

    @Test
    void checksItsRanges() {
        refuses(() -> builder().name("Not A Name"), "name needs");
        refuses(() -> builder().port(0), "port is 0", "65535");
        refuses(() -> builder().port(65_536), "port is 65536");
        refuses(() -> builder().clientName("a b"), "clientName needs");
        refuses(() -> builder().connectTimeout(Duration.ZERO), "connectTimeout is PT0S");
        refuses(() -> builder().responseTimeout(Duration.ofMinutes(11)), "responseTimeout is PT11M");
        refuses(() -> builder().acceptTimeout(Duration.ofNanos(1)), "acceptTimeout");
        refuses(() -> builder().maxConnections(0), "maxConnections is 0");
        refuses(() -> builder().maxMessagesPerConnection(0), "maxMessagesPerConnection is 0");
        refuses(() -> builder().maxConnectionAge(Duration.ofDays(2)), "maxConnectionAge");
        refuses(() -> builder().maxIdle(Duration.ZERO), "maxIdle");
        refuses(() -> builder().maxBytes(0), "maxBytes is 0");
        refuses(() -> builder().maxRecipients(1_001), "maxRecipients is 1001");
    }

    @Test
    void readsAUrl() {
        refuses(() -> builder().url(URI.create("http://host")), "smtp://host:port");
        refuses(() -> builder().url(URI.create("smtp://user:pw@host")), "without a login");
        refuses(() -> builder().url(URI.create("smtp:host")), "smtp://host:port");
        refuses(() -> builder().url(URI.create("smtp://host/path")), "without a login or a path");
    }

    @Test
    void takesThePortOfTheSecurityByDefault() {
        SmtpSettings settings = new SmtpSettings();
        assertThat(settings.port()).isEqualTo(587);
        settings.security = Dialler.Security.TLS;
        assertThat(settings.port()).isEqualTo(465);
        settings.security = Dialler.Security.NONE;
        assertThat(settings.port()).isEqualTo(25);
    }

    @Test
    void hasTheDefaultsThatItNames() {
        try (SmtpProvider provider = builder().host("localhost").build()) {
            assertThat(provider.name()).isEqualTo("smtp");
            assertThat(provider).hasToString("SmtpProvider[smtp]");
            assertThat(provider.capabilities().maxBytes()).isEqualTo(10L << 20);
            assertThat(provider.capabilities().maxRecipients()).isEqualTo(100);
            assertThat(provider.capabilities().honoursDeadline()).isTrue();
        }
    }

    @Test
    void waitsAndKeepsConnectionsByDefaultAsItSays() {
        SmtpSettings settings = new SmtpSettings();

        assertThat(settings.connectTimeout).isEqualTo(Duration.ofSeconds(2));
        assertThat(settings.responseTimeout).isEqualTo(Duration.ofSeconds(30));
        assertThat(settings.acceptTimeout).isEqualTo(Duration.ofSeconds(120));
        assertThat(settings.maxConnections).isEqualTo(8);
        assertThat(settings.maxMessages).isEqualTo(100);
        assertThat(settings.maxAge).isEqualTo(Duration.ofMinutes(5));
        assertThat(settings.maxIdle).isEqualTo(Duration.ofSeconds(30));
    }

    @Test
    void speaksTlsFromTheFirstByteOnIfItIsTold() {
        try (LoopbackSmtp server = LoopbackSmtp.tls();
                SmtpProvider provider = builder()
                        .host("localhost")
                        .port(server.port())
                        .implicitTls()
                        .sslContext(server.trust())
                        .connectTimeout(Duration.ofSeconds(10))
                        .build()) {
            assertThat(send(provider, draft().build())).isInstanceOf(Outcome.Accepted.class);
            assertThat(server.clearLines()).isEmpty();
        }
    }

    @Test
    void introducesItselfAsItIsTold() {
        try (LoopbackSmtp server = LoopbackSmtp.start();
                SmtpProvider named =
                        SmtpServers.to(server).clientName("shop.example.com").build();
                SmtpProvider unnamed = SmtpServers.to(server).build()) {
            send(named, draft().build());
            send(unnamed, draft().build());

            assertThat(server.clearLines()).contains("EHLO shop.example.com", "EHLO [127.0.0.1]");
        }
    }

    @Test
    void limitsWhatItCarries() {
        try (LoopbackSmtp server = LoopbackSmtp.start();
                SmtpProvider provider =
                        SmtpServers.to(server).maxBytes(1_000).maxRecipients(1).build()) {
            assertThat(provider.capabilities()
                            .unfit(draft().text("x".repeat(2_000)).build()))
                    .hasValueSatisfying(why -> assertThat(why).contains("1000"));
            assertThat(provider.capabilities().unfit(draft().cc("b@example.org").build()))
                    .hasValueSatisfying(why -> assertThat(why).contains("1 recipients"));
            server.offer("SIZE 0");
            send(provider, draft().build());

            assertThat(provider.capabilities().maxBytes()).isEqualTo(1_000);
        }
    }

    @Test
    void endsAConnectionAfterItsMessages() {
        try (LoopbackSmtp server = LoopbackSmtp.start();
                SmtpProvider provider =
                        SmtpServers.to(server).maxMessagesPerConnection(3).build()) {
            for (int i = 0; i < 7; i++) {
                assertThat(send(provider, draft().build())).isInstanceOf(Accepted.class);
            }

            assertThat(server.connections()).isEqualTo(3);
            assertThat(server.clearLines()).filteredOn("QUIT"::equals).hasSize(2);
        }
    }

    @Test
    void endsAConnectionAtItsAge() {
        try (LoopbackSmtp server = LoopbackSmtp.start();
                SmtpProvider provider = SmtpServers.to(server)
                        .maxConnectionAge(Duration.ofMillis(1))
                        .build()) {
            send(provider, draft().build());
            long begin = System.nanoTime();
            await().atMost(LONG).until(() -> System.nanoTime() - begin > 1_000_000);
            send(provider, draft().build());

            assertThat(server.connections()).isEqualTo(2);
        }
    }

    @Test
    void endsAnIdleConnectionWithoutBeingAsked() {
        try (LoopbackSmtp server = LoopbackSmtp.start();
                SmtpProvider provider =
                        SmtpServers.to(server).maxIdle(Duration.ofMillis(200)).build()) {
            send(provider, draft().build());
            await().atMost(LONG).until(() -> server.openConnections() == 0);

            assertThat(server.clearLines()).endsWith("QUIT");
        }
    }

    @Test
    void opensNoMoreConnectionsThanItMay() throws Exception {
        try (LoopbackSmtp server = LoopbackSmtp.start();
                SmtpProvider provider = SmtpServers.to(server).maxConnections(2).build()) {
            server.behave(SmtpBehaviour.acceptAfter(Duration.ofMillis(100)));
            CompletableFuture<?>[] all = new CompletableFuture<?>[6];
            for (int i = 0; i < all.length; i++) {
                all[i] = CompletableFuture.runAsync(
                        () -> assertThat(send(provider, draft().build())).isInstanceOf(Accepted.class),
                        work -> new Thread(work).start());
            }
            CompletableFuture.allOf(all).get(30, java.util.concurrent.TimeUnit.SECONDS);

            assertThat(server.accepted()).hasSize(6);
            assertThat(server.connections()).isEqualTo(2);
        }
    }

    @Test
    void waitsNoLongerToConnectThanItMay() {
        try (BlackHole hole = BlackHole.open();
                SmtpProvider provider = builder()
                        .host("127.0.0.1")
                        .port(hole.port())
                        .plaintext()
                        .connectTimeout(Duration.ofMillis(200))
                        .build()) {
            long begin = System.nanoTime();

            assertThat(send(provider, draft().build()))
                    .isEqualTo(new Unavailable("connect_timeout", "nothing was sent"));
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(5));
        }
    }

    @Test
    void closesWhatIsUnderWay() throws Exception {
        try (LoopbackSmtp server = LoopbackSmtp.start()) {
            SmtpProvider provider = SmtpServers.to(server).build();
            server.behave(SmtpBehaviour.hang(SmtpPhase.MAIL));
            CompletableFuture<io.mailrouter.provider.Outcome> outcome = CompletableFuture.supplyAsync(
                    () -> send(provider, draft().build()), work -> new Thread(work).start());
            await().atMost(LONG).until(() -> server.clearLines().stream().anyMatch(line -> line.startsWith("MAIL")));

            provider.close();
            provider.close();

            assertThat(outcome.get(10, java.util.concurrent.TimeUnit.SECONDS).code())
                    .isEqualTo("closed");
            assertThat(send(provider, draft().build()).code()).isEqualTo("closed");
        }
    }
}
