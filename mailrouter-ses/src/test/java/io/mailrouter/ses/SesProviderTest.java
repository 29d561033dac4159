package io.mailrouter.ses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.email.Attachment;
import io.mailrouter.email.Email;
import io.mailrouter.email.RawMime;
import io.mailrouter.email.Template;
import io.mailrouter.email.Unsubscribe;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Accepted;
import io.mailrouter.provider.Outcome.Misconfigured;
import io.mailrouter.provider.Outcome.QuotaExhausted;
import io.mailrouter.provider.Outcome.Rejected;
import io.mailrouter.provider.Outcome.Scope;
import io.mailrouter.provider.Outcome.Throttled;
import io.mailrouter.provider.Outcome.Unavailable;
import io.mailrouter.provider.Outcome.Unknown;
import io.mailrouter.testkit.AcceptedEmail;
import io.mailrouter.testkit.AcceptedEmail.Mailbox;
import io.mailrouter.testkit.Behaviour;
import io.mailrouter.testkit.LoopbackSes;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

@Timeout(60)
class SesProviderTest {

    static final StaticCredentialsProvider CREDENTIALS =
            StaticCredentialsProvider.create(AwsBasicCredentials.create("id-canary", "secret-canary"));
    static final Duration DEADLINE = Duration.ofSeconds(30);

    private final LoopbackSes ses = LoopbackSes.start();
    private final SesProvider provider =
            builder(ses.url()).configurationSet("set-1").build();

    @AfterEach
    void close() {
        provider.close();
        ses.close();
    }

    static SesProvider.Builder builder(URI endpoint) {
        return SesProvider.builder()
                .region("eu-west-1")
                .credentials(CREDENTIALS)
                .endpoint(endpoint);
    }

    @Test
    void carriesEveryFieldAndAnswersWithTheServicesId() {
        byte[] bytes = {0, 1, (byte) 0xFF};
        Outcome outcome = send(Email.builder()
                .from("\"Käthe, Ltd\" <shop@example.com>")
                .envelopeFrom("bounce@example.com")
                .replyTo("\"Help, desk\" <help@example.com>")
                .replyTo("two@example.com")
                .to("漢字 <ada@example.org>")
                .to("b@bücher.example")
                .cc("cc@example.org")
                .bcc("\"Eve\" <bcc@example.org>")
                .subject("Grüße čĊ 😀 مرحبا 漢字")
                .text("text 😀\r\nline")
                .html("<p>&amp; مرحبا</p>")
                .header("X-Order", "42 / \"x\"")
                .unsubscribe(new Unsubscribe(URI.create("https://example.com/u?x=1")))
                .attach(Attachment.of("façade 漢.bin", "application/octet-stream", bytes))
                .attach(Attachment.inline("logo@1", "l.png", "image/png", bytes))
                .tag("order")
                .metadata("orderId", "1")
                .build());

        AcceptedEmail email = only();
        assertThat(outcome).isEqualTo(new Accepted(email.messageId()));
        assertThat(email.from()).isEqualTo(new Mailbox("Käthe, Ltd", "shop@example.com"));
        assertThat(email.envelopeFrom()).isEqualTo("bounce@example.com");
        assertThat(email.replyTo())
                .containsExactly(new Mailbox("Help, desk", "help@example.com"), new Mailbox("", "two@example.com"));
        assertThat(email.to())
                .containsExactly(new Mailbox("漢字", "ada@example.org"), new Mailbox("", "b@xn--bcher-kva.example"));
        assertThat(email.cc()).containsExactly(new Mailbox("", "cc@example.org"));
        assertThat(email.bcc()).containsExactly(new Mailbox("Eve", "bcc@example.org"));
        assertThat(email.subject()).isEqualTo("Grüße čĊ 😀 مرحبا 漢字");
        assertThat(email.text()).isEqualTo("text 😀\r\nline");
        assertThat(email.html()).isEqualTo("<p>&amp; مرحبا</p>");
        assertThat(email.headers())
                .isEqualTo(Map.of(
                        "X-Order", "42 / \"x\"",
                        "List-Unsubscribe", "<https://example.com/u?x=1>",
                        "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
        assertThat(email.tags()).containsExactly("order");
        assertThat(email.metadata()).isEqualTo(Map.of("orderId", "1"));
        assertThat(email.reference()).isEqualTo("mr-test");
        assertThat(email.configurationSet()).isEqualTo("set-1");
        assertThat(email.attachments()).hasSize(2);
        AcceptedEmail.File first = email.attachments().get(0);
        assertThat(first.name()).isEqualTo("façade 漢.bin");
        assertThat(first.type()).isEqualTo("application/octet-stream");
        assertThat(first.isInline()).isFalse();
        assertThat(first.bytes()).isEqualTo(bytes);
        AcceptedEmail.File second = email.attachments().get(1);
        assertThat(second.isInline()).isTrue();
        assertThat(second.contentId()).isEqualTo("logo@1");
        assertThat(second.bytes()).isEqualTo(bytes);
    }

    @Test
    void carriesARawMessageByteForByte() {
        byte[] message = "Subject: x\r\n\r\n\u00ff.\r\n..".getBytes(StandardCharsets.ISO_8859_1);
        send(Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .bcc("eve@example.org")
                .raw(RawMime.of(message))
                .build());

        assertThat(only().rawMime()).isEqualTo(message);
        assertThat(only().bcc()).containsExactly(new Mailbox("", "eve@example.org"));
    }

    @Test
    void carriesATemplateWithItsValuesHeadersAndFiles() {
        send(Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .template(new Template("welcome", Map.of("name", "A\"d\\a\n\u0001😀", "b", "{{name}}")))
                .header("X-Order", "42")
                .attach(Attachment.of("a.txt", "text/plain", new byte[] {1}))
                .build());

        assertThat(only().templateId()).isEqualTo("welcome");
        assertThat(only().variables()).isEqualTo(Map.of("name", "A\"d\\a\n\u0001😀", "b", "{{name}}"));
        assertThat(only().headers()).isEqualTo(Map.of("X-Order", "42"));
        assertThat(only().attachments()).hasSize(1);
    }

    @Test
    @DisplayName("C2 characters that truncate to CR and LF arrive as they are")
    void keepsCharactersThatWouldTruncateToLineEnds() {
        send(email().from("\u010D\u010ABcc x <shop@example.com>")
                .subject("a\u010D\u010ABcc: b")
                .build());

        assertThat(only().subject()).isEqualTo("a\u010D\u010ABcc: b");
        assertThat(only().from().name()).isEqualTo("\u010D\u010ABcc x");
        assertThat(only().bcc()).isEmpty();
    }

    @Test
    @DisplayName("C6 blind copies are recipients and nothing else")
    void namesBlindCopiesAsRecipientsOnly() {
        send(email().bcc("Canary <canary@example.org>")
                .header("X-A", "b")
                .tag("t")
                .build());

        String body = StandardCharsets.UTF_8.decode(only().requestBody()).toString();
        assertThat(body).containsOnlyOnce("canary@example.org").doesNotContainIgnoringCase("\"Bcc\"");
        assertThat(only().headers()).isEqualTo(Map.of("X-A", "b"));
    }

    @Test
    @DisplayName("P1 refused connection: not sent, next provider at once")
    void isUnavailableWhenTheConnectionIsRefused() {
        ses.behave(Behaviour.refuseConnections());

        assertThat(send(email().build())).isEqualTo(new Unavailable("connection_refused", "nothing was written"));
    }

    @Test
    @DisplayName("P1 unknown host: not sent, next provider at once")
    void isUnavailableWhenTheHostIsUnknown() {
        try (SesProvider lost = builder(URI.create("http://ses.invalid")).build()) {
            assertThat(lost.send(email().build(), Attempt.Context.within(DEADLINE)))
                    .isInstanceOfSatisfying(
                            Unavailable.class,
                            outcome -> assertThat(outcome.code()).isEqualTo("unknown_host"));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("P3 no answer: unknown at the deadline, one request seen")
    void isUnknownAtTheDeadlineWhenTheServiceHangs(boolean accepted) {
        ses.behave(accepted ? Behaviour.acceptThenHang() : Behaviour.hang());
        long start = System.nanoTime();
        Outcome outcome = provider.send(email().build(), Attempt.Context.within(Duration.ofMillis(700)));

        assertThat(outcome).isInstanceOf(Unknown.class);
        assertThat(outcome.code()).isEqualTo("timeout_after_write");
        assertThat(elapsed(start)).isBetween(Duration.ofMillis(650), Duration.ofSeconds(5));
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
        ses.behave(Behaviour.accept());
        send(email().subject("next").build());
        assertThat(ses.requests()).isEqualTo(2);
    }

    @Test
    @DisplayName("P3 no answer: unknown at the response time-out, one request seen")
    void isUnknownAtTheResponseTimeout() {
        ses.behave(Behaviour.hang());
        try (SesProvider impatient =
                builder(ses.url()).responseTimeout(Duration.ofMillis(300)).build()) {
            Outcome outcome = impatient.send(email().build(), Attempt.Context.within(DEADLINE));

            assertThat(outcome).isInstanceOf(Unknown.class);
            assertThat(outcome.code()).isEqualTo("read_timeout_after_write");
        }
        assertThat(ses.requests()).isEqualTo(1);
    }

    @Test
    @DisplayName("P4 reset after the body: unknown, one request seen")
    void isUnknownWhenTheConnectionIsResetAfterTheBody() {
        ses.behave(Behaviour.acceptThenReset());

        assertThat(send(email().build())).isInstanceOf(Unknown.class);
        assertThat(ses.requests()).isEqualTo(1);
        assertThat(ses.accepted()).hasSize(1);
    }

    @Test
    @DisplayName("P4 reset inside the body: unknown, for a part of it was written")
    void isUnknownWhenTheConnectionIsResetInsideTheBody() {
        ses.behave(Behaviour.resetBeforeBody());

        assertThat(send(email().text("x".repeat(1 << 20)).build())).isInstanceOf(Unknown.class);
        assertThat(ses.requests()).isZero();
    }

    @Test
    @DisplayName("P6 dripping answer: cut at the deadline, unknown")
    void cutsADrippingAnswerAtTheDeadline() {
        ses.behave(Behaviour.acceptThenDrip(Duration.ofMillis(100)));
        long start = System.nanoTime();
        Outcome outcome = provider.send(email().build(), Attempt.Context.within(Duration.ofSeconds(1)));

        assertThat(outcome).isInstanceOf(Unknown.class);
        assertThat(elapsed(start)).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    @DisplayName("P7 the peer stops reading: cut at the deadline, unknown")
    void cutsABlockedWriteAtTheDeadline() {
        ses.behave(Behaviour.stopReading());
        Email large =
                email().attach(Attachment.of("a", "a/b", new byte[20_000_000])).build();
        long start = System.nanoTime();
        Outcome outcome = provider.send(large, Attempt.Context.within(Duration.ofSeconds(2)));

        assertThat(outcome).isInstanceOf(Unknown.class);
        assertThat(elapsed(start)).isLessThan(Duration.ofSeconds(10));
    }

    @Test
    @DisplayName("P9 throttled without a hint")
    void isThrottled() {
        ses.next(LoopbackSes.throttled(), LoopbackSes.quotaExceeded());

        assertThat(send(email().build())).isInstanceOf(Throttled.class);
        assertThat(send(email().build())).isInstanceOf(QuotaExhausted.class);
        assertThat(ses.requests()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 503})
    @DisplayName("P11 the service's own internal error: not sent, one request seen")
    void isUnavailableOnTheServicesOwnError(int status) {
        ses.behave(LoopbackSes.error(status, "InternalServiceErrorException", "internal"));

        assertThat(send(email().build())).isInstanceOf(Unavailable.class);
        assertThat(ses.requests()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 502, 503, 504})
    @DisplayName("P12 a gateway's error: unknown, one request seen")
    void isUnknownOnAGatewaysError(int status) {
        ses.next(
                Behaviour.answer(status, Map.of("Content-Type", "text/html"), "<html>bad gateway</html>"),
                Behaviour.answer(status, Map.of(), ""),
                Behaviour.answer(status, Map.of("Content-Type", "application/json"), "{\"message\":\"upstream\"}"));
        for (int i = 1; i <= 3; i++) {
            Outcome outcome = send(email().build());

            assertThat(outcome).isInstanceOf(Unknown.class);
            assertThat(outcome.code()).isEqualTo("http_" + status);
            assertThat(ses.requests()).isEqualTo(i);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "not json", "<html></html>", "{}", "{\"MessageId\":", "[]", "{\"MessageId\":7}"})
    @DisplayName("P13 a success with an unreadable body: accepted, never resent")
    void isAcceptedOnAnUnreadableSuccess(String body) {
        ses.behave(Behaviour.answer(200, Map.of("Content-Type", "application/json"), body));

        assertThat(send(email().build())).isInstanceOf(Accepted.class);
        assertThat(ses.requests()).isEqualTo(1);
    }

    @Test
    @DisplayName("P14 wrong credentials: misconfigured")
    void isMisconfiguredOnWrongCredentials() {
        ses.next(
                LoopbackSes.error(403, "UnrecognizedClientException", "The security token is invalid."),
                LoopbackSes.error(403, "AccessDeniedException", "not authorized"));
        for (int i = 0; i < 2; i++) {
            assertThat(send(email().build()))
                    .isInstanceOfSatisfying(
                            Misconfigured.class,
                            outcome -> assertThat(outcome.scope()).isEqualTo(Scope.ACCOUNT));
        }
    }

    @Test
    @DisplayName("P15 bad recipient: rejected")
    void isRejectedOnABadEmail() {
        ses.next(
                LoopbackSes.error(400, "BadRequestException", "Illegal address"),
                LoopbackSes.error(400, "MessageRejected", "Virus"));

        assertThat(send(email().build())).isInstanceOf(Rejected.class);
        assertThat(send(email().build())).isInstanceOf(Rejected.class);
    }

    @Test
    @DisplayName("P16 account suspended, sending paused: misconfigured account")
    void isMisconfiguredWhenTheAccountIsStopped() {
        ses.next(
                LoopbackSes.error(400, "AccountSuspendedException", "suspended"),
                LoopbackSes.error(400, "SendingPausedException", "paused"),
                LoopbackSes.error(400, "MessageRejected", "Email address is not verified. a@example.org"));

        assertThat(send(email().build())).isEqualTo(new Misconfigured("accountsuspended", "suspended", Scope.ACCOUNT));
        assertThat(send(email().build())).isEqualTo(new Misconfigured("sendingpaused", "paused", Scope.ACCOUNT));
        assertThat(send(email().build()))
                .isInstanceOfSatisfying(
                        Misconfigured.class,
                        outcome -> assertThat(outcome.scope()).isEqualTo(Scope.SENDER));
    }

    @Test
    @DisplayName("P18 redirect to another host: not followed")
    void followsNoRedirect() {
        try (LoopbackSes other = LoopbackSes.start()) {
            ses.behave(Behaviour.answer(307, Map.of("Location", other.url() + "/v2/email/outbound-emails"), ""));

            assertThat(send(email().build())).isInstanceOf(Misconfigured.class);
            assertThat(other.requests()).isZero();
        }
    }

    @Test
    @DisplayName("P19 endless body: bounded read")
    void readsABoundedAnswer() {
        ses.behave(Behaviour.acceptThenFlood());
        long start = System.nanoTime();

        assertThat(send(email().build())).isEqualTo(new Accepted(""));
        assertThat(elapsed(start)).isLessThan(Duration.ofSeconds(10));
        assertThat(ses.requests()).isEqualTo(1);
    }

    @Test
    void usesAFreshConnectionWhenAnIdleOneHasEnded() {
        assertThat(send(email().build())).isInstanceOf(Accepted.class);
        ses.behave(Behaviour.refuseConnections());
        ses.behave(Behaviour.accept());
        // The client looks whether a connection still lives once it has been idle for 2 s.
        await().pollDelay(Duration.ofMillis(2_200)).until(() -> true);

        assertThat(send(email().build())).isInstanceOf(Accepted.class);
        assertThat(ses.accepted()).hasSize(2);
    }

    @Test
    @DisplayName("T3 interrupted before: not sent, flag kept")
    void isUnavailableWhenInterruptedBefore() {
        Thread.currentThread().interrupt();
        Outcome outcome = send(email().build());

        assertThat(Thread.interrupted()).isTrue();
        assertThat(outcome).isInstanceOf(Unavailable.class);
        assertThat(ses.requests()).isZero();
    }

    @Test
    @DisplayName("T2 no time left: no attempt begins")
    void isUnavailableWhenNoTimeIsLeft() {
        assertThat(provider.send(email().build(), Attempt.Context.within(Duration.ZERO)))
                .isInstanceOf(Unavailable.class);
        assertThat(ses.requests()).isZero();
    }

    @Test
    void isSharedBy32Threads() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(32);
        try {
            List<Future<Outcome>> outcomes = new ArrayList<>();
            for (int i = 0; i < 320; i++) {
                Email email = email().subject("s" + i).build();
                outcomes.add(threads.submit(() -> send(email)));
            }
            for (Future<Outcome> outcome : outcomes) {
                assertThat(outcome.get()).isInstanceOf(Accepted.class);
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(ses.accepted().stream().map(AcceptedEmail::subject).distinct())
                .hasSize(320);
    }

    @Test
    @DisplayName("T4 close leaves no thread and no connection")
    void leavesNothingBehind() {
        SesProvider other = builder(ses.url()).name("ses-leaving").build();
        assertThat(other.send(email().build(), Attempt.Context.within(DEADLINE)))
                .isInstanceOf(Accepted.class);
        assertThat(threadNames()).anyMatch(name -> name.contains("ses-leaving"));
        other.close();
        provider.close();
        other.close();

        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            assertThat(ses.openConnections()).isZero();
            assertThat(threadNames())
                    .noneMatch(name -> name.contains("ses-leaving")
                            || name.contains("idle-connection-reaper")
                            || name.startsWith("sdk-"));
        });
        assertThat(other.send(email().build(), Attempt.Context.within(DEADLINE)))
                .isEqualTo(new Unavailable("closed", "the provider is closed"));
    }

    private static List<String> threadNames() {
        return Thread.getAllStackTraces().keySet().stream().map(Thread::getName).toList();
    }

    private Outcome send(Email email) {
        assertThat(provider.capabilities().unfit(email)).isEmpty();
        return provider.send(email, Attempt.Context.within(DEADLINE));
    }

    private AcceptedEmail only() {
        assertThat(ses.accepted()).hasSize(1);
        return ses.accepted().get(0);
    }

    private static Duration elapsed(long start) {
        return Duration.ofNanos(System.nanoTime() - start);
    }

    private static Email.Builder email() {
        return Email.builder()
                .from("Shop <shop@example.com>")
                .to("ada@example.org")
                .subject("Your order")
                .text("text");
    }
}
