package io.mailrouter.ses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.mailrouter.email.Email;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Accepted;
import io.mailrouter.provider.Outcome.Unavailable;
import io.mailrouter.provider.Outcome.Unknown;
import io.mailrouter.testkit.Behaviour;
import io.mailrouter.testkit.LoopbackSes;
import io.mailrouter.testkit.LoopbackTls;
import io.mailrouter.testkit.TlsFault;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sesv2.SesV2Client;

/** What a call comes to that ended without a readable answer, at sockets that end it so. */
@Timeout(60)
class SesFailureTest {

    private static final Duration DEADLINE = Duration.ofSeconds(30);

    @Test
    @DisplayName("P4 reset before the body, inside the TLS handshake: not sent")
    void isUnavailableWhenTheConnectionIsResetBeforeTheBody() throws IOException {
        try (AnswersOnce server = AnswersOnce.byReset();
                SesProvider provider = provider("https", server)) {
            Outcome outcome = send(provider);

            assertThat(outcome).isInstanceOf(Unavailable.class);
            assertThat(outcome.code()).isIn("reset", "tls_handshake", "tls", "no_answer");
            assertThat(server.requests()).isZero();
        }
    }

    @Test
    @DisplayName("P5 a certificate that nobody vouches for: not sent, a warning")
    void warnsOfACertificateThatDoesNotHold() {
        Logger logger = (Logger) LoggerFactory.getLogger(SesProvider.class);
        ListAppender<ILoggingEvent> logged = new ListAppender<>();
        logged.start();
        logger.addAppender(logged);
        try (LoopbackSes ses = LoopbackSes.start();
                LoopbackTls tls = LoopbackTls.before(ses.url(), TlsFault.NONE);
                SesProvider provider = SesProviderTest.builder(tls.url()).build()) {
            assertThat(send(provider)).isEqualTo(new Unavailable("tls_certificate", "nothing was written"));
            assertThat(ses.requests()).isZero();
        } finally {
            logger.detachAppender(logged);
        }

        assertThat(logged.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly("ses showed a certificate that does not hold for its host: nothing was sent to it");
    }

    @ParameterizedTest(name = "P4 {0}: the body was written, so unknown")
    @CsvSource({
        "no answer at all, ''",
        "half a status line, HTTP/1.",
        "no HTTP, 220 smtp.example.com ESMTP",
        "half a header, HTTP/1.1 500 -~Content-Le",
    })
    void isUnknownWhenTheAnswerEndsBeforeItSaysAnything(String row, String answer) throws IOException {
        try (AnswersOnce server = AnswersOnce.withAndResets(answer.replace("~", "\r\n"));
                SesProvider provider = provider("http", server)) {
            assertThat(send(provider)).isInstanceOf(Unknown.class);
            assertThat(server.requests()).isEqualTo(1);
        }
    }

    @ParameterizedTest(name = "P12 {0} cut short is unknown")
    @CsvSource({"500", "502", "503", "504"})
    void isUnknownWhenAnErrorIsCutShort(int status) throws IOException {
        try (AnswersOnce server =
                        AnswersOnce.withAndResets("HTTP/1.1 " + status + " -\r\nContent-Length: 900\r\n\r\n{\"mess");
                SesProvider provider = provider("http", server)) {
            assertThat(send(provider)).isInstanceOf(Unknown.class);
            assertThat(server.requests()).isEqualTo(1);
        }
    }

    @ParameterizedTest(name = "P13 a success {0}: accepted without an id, never resent")
    @CsvSource({
        "cut short, HTTP/1.1 200 -~Content-Length: 900~~{\"Mess",
        "without a body, HTTP/1.1 200 -~Content-Length: 900~~",
        "with a broken chunk, HTTP/1.1 200 -~Transfer-Encoding: chunked~~zz~",
        "in HTML, HTTP/1.1 200 -~Content-Length: 6~~<html>",
        "of another status, HTTP/1.1 202 -~Content-Length: 2~~{}",
        "of no content, HTTP/1.1 204 -~~",
    })
    void isAcceptedOnceASuccessWasRead(String row, String answer) throws IOException {
        try (AnswersOnce server = AnswersOnce.withAndResets(answer.replace("~", "\r\n"));
                SesProvider provider = provider("http", server)) {
            assertThat(send(provider)).isEqualTo(new Accepted(""));
            assertThat(server.requests()).isEqualTo(1);
        }
    }

    @Test
    @DisplayName("P19 10 MB of headers: read within bounds, one request seen")
    void endsAnAnswerWithMoreHeadersThanAnybodyNeeds() throws IOException {
        try (AnswersOnce server = AnswersOnce.with(SesFailureTest::tenMegabytesOfHeaders);
                SesProvider provider = provider("http", server)) {
            assertThat(send(provider)).isInstanceOfAny(Accepted.class, Unknown.class);
            assertThat(server.requests()).isEqualTo(1);
        }
    }

    private static void tenMegabytesOfHeaders(OutputStream out) throws IOException {
        out.write("HTTP/1.1 200 -\r\n".getBytes(StandardCharsets.US_ASCII));
        byte[] header = ("X-Flood: " + "x".repeat(1_013) + "\r\n").getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < 10 << 10; i++) {
            out.write(header);
        }
        out.write("Content-Length: 2\r\n\r\n{}".getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    @DisplayName("P2 no connection gets free before the deadline: not sent")
    void isUnavailableWhenTheDeadlineEndsTheWaitForAConnection() {
        CompletableFuture<Outcome> first;
        try (LoopbackSes ses = LoopbackSes.start();
                SesProvider narrow = narrow(ses)) {
            first = occupy(ses, narrow);

            assertThat(narrow.send(email(), Attempt.Context.within(Duration.ofMillis(300))))
                    .isEqualTo(new Unavailable("timeout", "nothing was written"));
            assertThat(ses.requests()).isEqualTo(1);
        }
        assertThat(first.join()).isInstanceOf(Unknown.class);
    }

    @Test
    @DisplayName("T3 interrupted while waiting for a connection: not sent, flag kept")
    void isUnavailableWhenInterruptedBeforeTheBody() throws Exception {
        CompletableFuture<Outcome> first;
        try (LoopbackSes ses = LoopbackSes.start();
                SesProvider narrow = narrow(ses)) {
            first = occupy(ses, narrow);
            CompletableFuture<Outcome> second = new CompletableFuture<>();
            CompletableFuture<Boolean> flag = new CompletableFuture<>();
            Thread sender = new Thread(() -> {
                second.complete(send(narrow));
                flag.complete(Thread.currentThread().isInterrupted());
            });
            sender.start();
            await().until(() -> sender.getState() == Thread.State.TIMED_WAITING);
            sender.interrupt();

            assertThat(second.get(10, TimeUnit.SECONDS)).isInstanceOf(Unavailable.class);
            assertThat(flag.get(10, TimeUnit.SECONDS)).isTrue();
            assertThat(ses.requests()).isEqualTo(1);
        }
        assertThat(first.join()).isInstanceOf(Unknown.class);
    }

    @Test
    @DisplayName("P4 a client that was handed in: before the body where only that is possible, else unknown")
    void doubtsMoreForAClientThatWasHandedIn() throws IOException {
        try (LoopbackSes ses = LoopbackSes.start();
                SesV2Client client = client(ses.url().getPort(), 1)) {
            SesProvider provider = SesProvider.builder().client(client).build();
            CompletableFuture<Outcome> first = occupy(ses, provider);

            assertThat(send(provider)).isEqualTo(new Unavailable("pool_timeout", "nothing was written"));
            assertThat(provider.send(email(), Attempt.Context.within(Duration.ofMillis(100))))
                    .isInstanceOf(Unknown.class);
            assertThat(ses.requests()).isEqualTo(1);
            ses.behave(Behaviour.refuseConnections());
            assertThat(first.join()).isInstanceOf(Unknown.class);
        }
        try (AnswersOnce server = AnswersOnce.byReset();
                SesV2Client client = client(server.port(), 1)) {
            assertThat(send(SesProvider.builder().client(client).build())).isInstanceOf(Unknown.class);
        }
    }

    private static CompletableFuture<Outcome> occupy(LoopbackSes ses, SesProvider provider) {
        ses.next(Behaviour.acceptThenHang());
        CompletableFuture<Outcome> first = CompletableFuture.supplyAsync(() -> send(provider));
        await().until(() -> ses.requests() == 1);
        return first;
    }

    private static SesProvider narrow(LoopbackSes ses) {
        return SesProviderTest.builder(ses.url())
                .maxConnections(1)
                .connectTimeout(Duration.ofSeconds(20))
                .build();
    }

    private static SesProvider provider(String scheme, AnswersOnce server) {
        return SesProviderTest.builder(URI.create(scheme + "://127.0.0.1:" + server.port()))
                .build();
    }

    private static SesV2Client client(int port, int connections) {
        return SesV2Client.builder()
                .httpClientBuilder(Apache5HttpClient.builder()
                        .maxConnections(connections)
                        .connectionAcquisitionTimeout(Duration.ofMillis(300)))
                .overrideConfiguration(o -> o.retryStrategy(AwsRetryStrategy.doNotRetry()))
                .region(Region.EU_WEST_1)
                .endpointOverride(URI.create("http://127.0.0.1:" + port))
                .credentialsProvider(SesProviderTest.CREDENTIALS)
                .build();
    }

    private static Outcome send(SesProvider provider) {
        return provider.send(email(), Attempt.Context.within(DEADLINE));
    }

    private static Email email() {
        return Email.builder()
                .from("Shop <shop@example.com>")
                .to("ada@example.org")
                .subject("Your order")
                .text("text")
                .build();
    }
}
