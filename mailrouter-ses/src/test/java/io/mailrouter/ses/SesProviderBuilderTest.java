package io.mailrouter.ses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.read.ListAppender;
import io.mailrouter.email.Email;
import io.mailrouter.email.Template;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Accepted;
import io.mailrouter.provider.Outcome.Misconfigured;
import io.mailrouter.provider.Outcome.Scope;
import io.mailrouter.provider.Outcome.Unavailable;
import io.mailrouter.provider.Outcome.Unknown;
import io.mailrouter.testkit.Behaviour;
import io.mailrouter.testkit.LoopbackSes;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.retry.RetryMode;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sesv2.SesV2Client;
import software.amazon.awssdk.services.sesv2.SesV2ClientBuilder;

@Timeout(60)
class SesProviderBuilderTest {

    private static final Email EMAIL = Email.builder()
            .from("shop@example.com")
            .to("ada@example.org")
            .subject("s")
            .text("t")
            .build();

    private final LoopbackSes ses = LoopbackSes.start();

    @AfterEach
    void close() {
        ses.close();
    }

    @Test
    void sendsThroughAClientThatWasHandedInAndLeavesItOpen() {
        try (SesV2Client client = client().overrideConfiguration(o -> o.retryStrategy(AwsRetryStrategy.doNotRetry()))
                .build()) {
            SesProvider provider = SesProvider.builder().client(client).build();
            assertThat(send(provider)).isInstanceOf(Accepted.class);
            provider.close();

            assertThat(send(SesProvider.builder().client(client).build())).isInstanceOf(Accepted.class);
        }
        assertThat(ses.accepted()).hasSize(2);
    }

    @Test
    void leavesACredentialsProviderThatWasHandedInOpen() {
        ClosingCredentials credentials = new ClosingCredentials();
        try (SesProvider provider =
                SesProviderTest.builder(ses.url()).credentials(credentials).build()) {
            assertThat(send(provider)).isInstanceOf(Accepted.class);
        }

        assertThat(credentials.closed).isFalse();
    }

    /** As those that refresh themselves on a thread of their own. */
    private static final class ClosingCredentials implements AwsCredentialsProvider, AutoCloseable {

        private volatile boolean closed;

        @Override
        public AwsCredentials resolveCredentials() {
            return SesProviderTest.CREDENTIALS.resolveCredentials();
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    @Test
    @DisplayName("P14 P16 a missing or paused configuration set of the provider holds it, that of a template does not")
    void reachesAsFarAsWhatTheRequestNames() {
        Email templated = Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .template(new Template("t-1", Map.of()))
                .build();
        Behaviour missing = LoopbackSes.error(404, "NotFoundException", "not there");
        ses.next(missing, missing);
        try (SesProvider provider =
                SesProviderTest.builder(ses.url()).configurationSet("set-1").build()) {
            assertThat(send(provider)).isEqualTo(new Misconfigured("notfound", "not there", Scope.ACCOUNT));
            assertThat(provider.send(templated, Attempt.Context.within(Duration.ofSeconds(30))))
                    .isEqualTo(new Misconfigured("notfound", "not there", Scope.REQUEST));
        }
    }

    @Test
    void tellsSentFromUnsentForAClientThatWasHandedIn() {
        try (SesV2Client client = client().overrideConfiguration(o -> o.retryStrategy(AwsRetryStrategy.doNotRetry()))
                .build()) {
            SesProvider provider = SesProvider.builder().client(client).build();
            ses.next(
                    Behaviour.acceptThenReset(),
                    Behaviour.acceptThenHang(),
                    Behaviour.answer(200, Map.of("Content-Type", "application/json"), "no json"));

            assertThat(send(provider)).isInstanceOf(Unknown.class);
            assertThat(provider.send(EMAIL, Attempt.Context.within(Duration.ofSeconds(2))))
                    .isInstanceOf(Unknown.class);
            assertThat(send(provider)).isEqualTo(new Accepted(""));
            assertThat(ses.requests()).isEqualTo(3);
        }
    }

    @Test
    void tellsARefusedConnectionForAClientThatWasHandedIn() {
        ses.behave(Behaviour.refuseConnections());
        try (SesV2Client client = client().overrideConfiguration(o -> o.retryStrategy(AwsRetryStrategy.doNotRetry()))
                .build()) {
            assertThat(send(SesProvider.builder().client(client).build())).isInstanceOf(Unavailable.class);
        }
    }

    @Test
    void refusesAClientThatWouldRetry() {
        List<SesV2ClientBuilder> retrying = List.of(
                client(),
                client().overrideConfiguration(o -> o.retryStrategy(RetryMode.STANDARD)),
                client().overrideConfiguration(o -> o.retryStrategy(AwsRetryStrategy.legacyRetryStrategy())),
                client().overrideConfiguration(o -> o.retryStrategy(AwsRetryStrategy.standardRetryStrategy().toBuilder()
                        .maxAttempts(2)
                        .build())));
        for (SesV2ClientBuilder builder : retrying) {
            try (SesV2Client client = builder.build()) {
                assertThatThrownBy(() -> SesProvider.builder().client(client))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("AwsRetryStrategy.doNotRetry()");
            }
        }
    }

    @Test
    void refusesSettingsThatAHandedInClientWouldNotFollow() {
        try (SesV2Client client = client().overrideConfiguration(o -> o.retryStrategy(AwsRetryStrategy.doNotRetry()))
                .build()) {
            List<SesProvider.Builder> builders = List.of(
                    SesProvider.builder().region("eu-west-1"),
                    SesProvider.builder().endpoint(ses.url()),
                    SesProvider.builder().credentials(SesProviderTest.CREDENTIALS),
                    SesProvider.builder().connectTimeout(Duration.ofSeconds(1)),
                    SesProvider.builder().responseTimeout(Duration.ofSeconds(1)),
                    SesProvider.builder().maxConnections(1));
            for (SesProvider.Builder builder : builders) {
                assertThatThrownBy(() -> builder.client(client).build())
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("set it there");
            }
        }
    }

    @Test
    void namesTheSettingThatIsWrong() {
        SesProvider.Builder builder = SesProvider.builder();
        assertThatThrownBy(() -> builder.name("SES")).hasMessageStartingWith("name needs");
        assertThatThrownBy(() -> builder.region("")).hasMessageStartingWith("region needs");
        assertThatThrownBy(() -> builder.configurationSet("a b")).hasMessageStartingWith("configurationSet needs");
        assertThatThrownBy(() -> builder.endpoint(URI.create("ftp://x"))).hasMessageStartingWith("endpoint needs");
        assertThatThrownBy(() -> builder.endpoint(URI.create("/x"))).hasMessageStartingWith("endpoint needs");
        assertThatThrownBy(() -> builder.connectTimeout(Duration.ZERO))
                .hasMessageStartingWith("connectTimeout is PT0S");
        assertThatThrownBy(() -> builder.responseTimeout(Duration.ofHours(1)))
                .hasMessageStartingWith("responseTimeout is PT1H");
        assertThatThrownBy(() -> builder.maxConnections(0)).hasMessageStartingWith("maxConnections is 0");
        assertThatThrownBy(() -> builder.maxConnections(10_001)).hasMessageStartingWith("maxConnections is 10001");
    }

    @Test
    void isCalledSesUnlessNamed() {
        try (SesProvider plain = SesProviderTest.builder(ses.url()).build();
                SesProvider named =
                        SesProviderTest.builder(ses.url()).name("ses-eu").build()) {
            assertThat(plain.name()).isEqualTo("ses");
            assertThat(named.name()).isEqualTo("ses-eu");
            assertThat(named).hasToString("SesProvider[ses-eu]");
        }
    }

    @Test
    void namesNoConfigurationSetUnlessToldTo() {
        try (SesProvider provider = SesProviderTest.builder(ses.url()).build()) {
            send(provider);
        }
        assertThat(ses.accepted().get(0).configurationSet()).isEmpty();
    }

    @Test
    void doubtsInternalErrorsWhenToldTo() {
        ses.behave(LoopbackSes.error(500, "InternalServiceErrorException", "internal"));
        try (SesProvider doubting =
                SesProviderTest.builder(ses.url()).internalErrorsMaySend().build()) {
            assertThat(send(doubting)).isInstanceOf(Unknown.class);
        }
    }

    @Test
    void waitsForAFreeConnectionNoLongerThanTheConnectTimeout() {
        ses.next(Behaviour.acceptAfter(Duration.ofSeconds(3)));
        try (SesProvider narrow = SesProviderTest.builder(ses.url())
                .maxConnections(1)
                .connectTimeout(Duration.ofMillis(200))
                .build()) {
            CompletableFuture<Outcome> first = CompletableFuture.supplyAsync(() -> send(narrow));
            org.awaitility.Awaitility.await().until(() -> ses.requests() == 1);
            long start = System.nanoTime();

            assertThat(send(narrow)).isEqualTo(new Unavailable("pool_timeout", "nothing was written"));
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
            assertThat(first.join()).isInstanceOf(Accepted.class);
        }
        assertThat(ses.requests()).isEqualTo(1);
    }

    @Test
    @DisplayName("P2 connect black hole: not sent within the connect time-out")
    void givesUpConnectingAtTheConnectTimeout() throws Exception {
        List<Socket> fillers = new ArrayList<>();
        // A queue of one that nobody empties: once it is full, the kernel drops what asks to connect.
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            for (int i = 0; i < 4; i++) {
                Socket filler = new Socket();
                fillers.add(filler);
                CompletableFuture.runAsync(() -> connect(filler, full));
            }
            org.awaitility.Awaitility.await()
                    .until(() -> fillers.stream().filter(Socket::isConnected).count() >= 2);
            try (SesProvider provider = SesProviderTest.builder(URI.create("http://127.0.0.1:" + full.getLocalPort()))
                    .connectTimeout(Duration.ofMillis(300))
                    .build()) {
                long start = System.nanoTime();

                assertThat(send(provider)).isEqualTo(new Unavailable("connect_timeout", "nothing was written"));
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
            }
        } finally {
            for (Socket filler : fillers) {
                filler.close();
            }
        }
    }

    private static void connect(Socket socket, ServerSocket to) {
        try {
            socket.connect(to.getLocalSocketAddress(), 20_000);
        } catch (java.io.IOException e) {
            // The socket is closed at the end of the test, or never got in: both fill the queue.
        }
    }

    @Test
    @DisplayName("C10 the credentials are in no outcome, no toString and no log from INFO on")
    void showsNoCredential() {
        List<Object> seen = attempts(Map.of("ROOT", Level.INFO, "io.mailrouter", Level.TRACE));

        assertThat(seen.toString()).contains("its answer held no id").doesNotContain("canary", "ada@", "shop@");
    }

    @Test
    @DisplayName("C10 at TRACE the credentials are in no log but those that SesProvider warns of")
    void showsACredentialInNoLogButThoseItWarnsOf() {
        List<Object> seen = attempts(Map.of(
                "ROOT", Level.TRACE, "org.apache.hc.client5.http", Level.INFO, "software.amazon.awssdk", Level.INFO));

        assertThat(seen.toString()).contains("its answer held no id").doesNotContain("canary", "ada@", "shop@");
    }

    /** Returns what the outcomes of some attempts, the provider, its builder and all logs at these levels say. */
    private List<Object> attempts(Map<String, Level> levels) {
        List<Object> seen = new ArrayList<>();
        ListAppender<ILoggingEvent> logged = new ListAppender<>();
        logged.start();
        Logger root = (Logger) LoggerFactory.getLogger("ROOT");
        Level before = root.getLevel();
        levels.forEach((name, level) -> ((Logger) LoggerFactory.getLogger(name)).setLevel(level));
        root.addAppender(logged);
        SesProvider.Builder builder = SesProviderTest.builder(ses.url())
                .credentials(StaticCredentialsProvider.create(
                        AwsSessionCredentials.create("id-canary", "secret-canary", "token-canary")));
        try (SesProvider provider = builder.build()) {
            ses.next(
                    Behaviour.accept(),
                    Behaviour.answer(200, Map.of(), "{}"),
                    LoopbackSes.error(403, "SignatureDoesNotMatchException", "expected secret-canary id-canary"),
                    Behaviour.acceptThenReset());
            for (int i = 0; i < 4; i++) {
                seen.add(send(provider));
            }
            seen.add(provider);
            seen.add(builder);
        } finally {
            root.detachAppender(logged);
            levels.keySet()
                    .forEach(name ->
                            ((Logger) LoggerFactory.getLogger(name)).setLevel(name.equals("ROOT") ? before : null));
        }
        for (ILoggingEvent event : logged.list) {
            seen.add(event.getLoggerName() + ": " + event.getFormattedMessage());
            if (event.getThrowableProxy() != null) {
                seen.add(event.getLoggerName() + ": " + ThrowableProxyUtil.asString(event.getThrowableProxy()));
            }
        }
        return seen;
    }

    private static Outcome send(SesProvider provider) {
        return provider.send(EMAIL, Attempt.Context.within(Duration.ofSeconds(30)));
    }

    private SesV2ClientBuilder client() {
        return SesV2Client.builder()
                .httpClientBuilder(Apache5HttpClient.builder())
                .region(Region.EU_WEST_1)
                .endpointOverride(ses.url())
                .credentialsProvider(SesProviderTest.CREDENTIALS);
    }
}
