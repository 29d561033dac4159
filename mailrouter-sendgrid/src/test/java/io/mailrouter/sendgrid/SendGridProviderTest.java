package io.mailrouter.sendgrid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.email.Attachment;
import io.mailrouter.email.Email;
import io.mailrouter.email.Template;
import io.mailrouter.email.Tracking;
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
import io.mailrouter.provider.Secret;
import io.mailrouter.testkit.AcceptedEmail;
import io.mailrouter.testkit.AcceptedEmail.Mailbox;
import io.mailrouter.testkit.Behaviour;
import io.mailrouter.testkit.LoopbackSendGrid;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class SendGridProviderTest {

    static final Secret KEY = Secret.of("SG.key-canary");
    static final Duration DEADLINE = Duration.ofSeconds(30);

    private final LoopbackSendGrid sendGrid = LoopbackSendGrid.start();
    private final SendGridProvider provider = builder(sendGrid.url()).build();

    @AfterEach
    void close() {
        provider.close();
        sendGrid.close();
    }

    static SendGridProvider.Builder builder(URI endpoint) {
        return SendGridProvider.builder().apiKey(KEY).endpoint(endpoint);
    }

    @Test
    void carriesEveryFieldAndAnswersWithTheServicesId() {
        byte[] bytes = {0, 1, (byte) 0xFF};
        Instant later = Instant.ofEpochSecond(Instant.now().getEpochSecond() + 3_600);
        Outcome outcome = send(Email.builder()
                .from("Käthe Ltd <shop@example.com>")
                .replyTo("Help desk <help@example.com>")
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
                .tag("order čĊ")
                .metadata("order id", "1 😀")
                .sendAt(later)
                .tracking(new Tracking(true, false))
                .build());

        AcceptedEmail email = only();
        assertThat(outcome).isEqualTo(new Accepted(email.messageId()));
        assertThat(email.from()).isEqualTo(new Mailbox("Käthe Ltd", "shop@example.com"));
        assertThat(email.replyTo())
                .containsExactly(new Mailbox("Help desk", "help@example.com"), new Mailbox("", "two@example.com"));
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
        assertThat(email.tags()).containsExactly("order čĊ");
        assertThat(email.metadata()).isEqualTo(Map.of("order id", "1 😀"));
        assertThat(email.reference()).isEqualTo("mr-test");
        assertThat(email.sendAt()).contains(later);
        assertThat(email.tracking()).contains(new Tracking(true, false));
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
    void namesASingleAddressToReplyTo() {
        send(email().replyTo("help@example.com").build());

        assertThat(only().replyTo()).containsExactly(new Mailbox("", "help@example.com"));
        assertThat(StandardCharsets.UTF_8.decode(only().requestBody()).toString())
                .doesNotContain("reply_to_list");
    }

    @Test
    void carriesATemplateWithItsValuesHeadersAndFiles() {
        send(Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .template(new Template("d-welcome", Map.of("name", "A\"d\\a\n\u0001😀", "b", "{{name}}")))
                .header("X-Order", "42")
                .attach(Attachment.of("a.txt", "text/plain", new byte[] {1}))
                .build());

        assertThat(only().templateId()).isEqualTo("d-welcome");
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
        assertThat(body).containsOnlyOnce("canary@example.org").containsOnlyOnce("\"bcc\":[{");
        assertThat(only().headers()).isEqualTo(Map.of("X-A", "b"));
    }

    @Test
    @DisplayName("P1 refused connection: not sent, next provider at once")
    void isUnavailableWhenTheConnectionIsRefused() {
        sendGrid.behave(Behaviour.refuseConnections());

        assertThat(send(email().build())).isEqualTo(new Unavailable("connection_refused", "nothing was written"));
    }

    @Test
    @DisplayName("P1 unknown host: not sent, next provider at once")
    void isUnavailableWhenTheHostIsUnknown() {
        try (SendGridProvider lost =
                builder(URI.create("https://sendgrid.invalid")).build()) {
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
        sendGrid.behave(accepted ? Behaviour.acceptThenHang() : Behaviour.hang());
        long start = System.nanoTime();
        Outcome outcome = provider.send(email().build(), Attempt.Context.within(Duration.ofMillis(700)));

        assertThat(outcome).isInstanceOf(Unknown.class);
        assertThat(outcome.code()).isEqualTo("timeout_after_write");
        assertThat(elapsed(start)).isBetween(Duration.ofMillis(650), Duration.ofSeconds(5));
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
        sendGrid.behave(Behaviour.accept());
        send(email().subject("next").build());
        assertThat(sendGrid.requests()).isEqualTo(2);
    }

    @Test
    @DisplayName("P3 no answer: unknown at the response time-out, one request seen")
    void isUnknownAtTheResponseTimeout() {
        sendGrid.behave(Behaviour.hang());
        try (SendGridProvider impatient =
                builder(sendGrid.url()).responseTimeout(Duration.ofMillis(300)).build()) {
            Outcome outcome = impatient.send(email().build(), Attempt.Context.within(DEADLINE));

            assertThat(outcome).isInstanceOf(Unknown.class);
            assertThat(outcome.code()).isEqualTo("read_timeout_after_write");
        }
        assertThat(sendGrid.requests()).isEqualTo(1);
    }

    @Test
    @DisplayName("P4 reset after the body: unknown, one request seen")
    void isUnknownWhenTheConnectionIsResetAfterTheBody() {
        sendGrid.behave(Behaviour.acceptThenReset());

        assertThat(send(email().build())).isInstanceOf(Unknown.class);
        assertThat(sendGrid.requests()).isEqualTo(1);
        assertThat(sendGrid.accepted()).hasSize(1);
    }

    @Test
    @DisplayName("P4 reset inside the body: unknown, for a part of it was written")
    void isUnknownWhenTheConnectionIsResetInsideTheBody() {
        sendGrid.behave(Behaviour.resetBeforeBody());

        assertThat(send(email().text("x".repeat(1 << 20)).build())).isInstanceOf(Unknown.class);
        assertThat(sendGrid.requests()).isZero();
    }

    @Test
    @DisplayName("P6 dripping answer: cut at the deadline, unknown")
    void cutsADrippingAnswerAtTheDeadline() {
        sendGrid.behave(Behaviour.acceptThenDrip(Duration.ofMillis(100)));
        long start = System.nanoTime();
        Outcome outcome = provider.send(email().build(), Attempt.Context.within(Duration.ofSeconds(1)));

        assertThat(outcome).isInstanceOf(Unknown.class);
        assertThat(elapsed(start)).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    @DisplayName("P7 the peer stops reading: cut at the deadline, unknown")
    void cutsABlockedWriteAtTheDeadline() {
        sendGrid.behave(Behaviour.stopReading());
        Email large =
                email().attach(Attachment.of("a", "a/b", new byte[20_000_000])).build();
        long start = System.nanoTime();
        Outcome outcome = provider.send(large, Attempt.Context.within(Duration.ofSeconds(2)));

        assertThat(outcome).isInstanceOf(Unknown.class);
        assertThat(elapsed(start)).isLessThan(Duration.ofSeconds(10));
    }

    @Test
    @DisplayName("P8 throttled with a hint: until then")
    void isThrottledUntilTheHint() {
        sendGrid.next(LoopbackSendGrid.throttled(Duration.ofSeconds(30)));

        assertThat(send(email().build()))
                .isInstanceOfSatisfying(
                        Throttled.class,
                        throttled -> assertThat(throttled.retryAfter().orElseThrow())
                                .isBetween(Duration.ofSeconds(28), Duration.ofSeconds(31)));
        assertThat(sendGrid.requests()).isEqualTo(1);
    }

    @Test
    @DisplayName("P9 throttled without a hint: one request seen")
    void isThrottledWithoutAHint() {
        sendGrid.behave(LoopbackSendGrid.error(429, "too many requests"));

        assertThat(send(email().build())).isEqualTo(new Throttled("http_429", "too many requests", Optional.empty()));
        assertThat(sendGrid.requests()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 502, 503, 504})
    @DisplayName("P12 any 5xx: unknown, one request seen")
    void isUnknownOnAnyServerError(int status) {
        sendGrid.next(
                Behaviour.answer(status, Map.of("Content-Type", "text/html"), "<html>bad gateway</html>"),
                Behaviour.answer(status, Map.of(), ""),
                Behaviour.answer(status, Map.of("Content-Type", "application/json"), "{\"message\":\"upstream\"}"));
        for (int i = 1; i <= 3; i++) {
            Outcome outcome = send(email().build());

            assertThat(outcome).isInstanceOf(Unknown.class);
            assertThat(outcome.code()).isEqualTo("http_" + status);
            assertThat(sendGrid.requests()).isEqualTo(i);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "not json", "<html></html>", "{}", "{\"MessageId\":", "[]", "{\"MessageId\":7}"})
    @DisplayName("P13 a success with an unreadable body: accepted, never resent")
    void isAcceptedOnAnUnreadableSuccess(String body) {
        sendGrid.behave(Behaviour.answer(202, Map.of("Content-Type", "application/json"), body));

        assertThat(send(email().build())).isInstanceOf(Accepted.class);
        assertThat(sendGrid.requests()).isEqualTo(1);
    }

    @Test
    @DisplayName("P14 401 and 403: misconfigured")
    void isMisconfiguredOnAWrongKey() {
        sendGrid.next(
                LoopbackSendGrid.error(401, "The provided authorization grant is invalid, expired, or revoked"),
                LoopbackSendGrid.error(403, "access forbidden"),
                LoopbackSendGrid.error(403, "The from address does not match a verified Sender Identity."),
                LoopbackSendGrid.error(401, "Maximum credits exceeded"));

        assertThat(send(email().build()))
                .isEqualTo(new Misconfigured("http_401", "the API key is wrong, expired or revoked", Scope.ACCOUNT));
        assertThat(send(email().build())).isEqualTo(new Misconfigured("http_403", "access forbidden", Scope.ACCOUNT));
        assertThat(send(email().build()))
                .isInstanceOfSatisfying(
                        Misconfigured.class,
                        outcome -> assertThat(outcome.scope()).isEqualTo(Scope.SENDER));
        assertThat(send(email().build())).isInstanceOf(QuotaExhausted.class);
        assertThat(sendGrid.requests()).isEqualTo(4);
    }

    @Test
    @DisplayName("P15 bad recipient: rejected")
    void isRejectedOnABadEmail() {
        sendGrid.next(
                LoopbackSendGrid.error(400, "Does not contain a valid address."),
                Behaviour.answer(413, Map.of("Content-Type", "text/html"), "<html>Too Large</html>"));

        assertThat(send(email().build())).isEqualTo(new Rejected("http_400", "Does not contain a valid address."));
        assertThat(send(email().build())).isEqualTo(new Rejected("http_413", ""));
    }

    @Test
    @DisplayName("P18 redirect to another host: not followed")
    void followsNoRedirect() {
        try (LoopbackSendGrid other = LoopbackSendGrid.start()) {
            sendGrid.behave(Behaviour.answer(307, Map.of("Location", other.url() + "/v3/mail/send"), ""));

            assertThat(send(email().build())).isInstanceOf(Misconfigured.class);
            assertThat(other.requests()).isZero();
        }
    }

    @Test
    @DisplayName("P19 endless body: bounded read")
    void readsABoundedAnswer() {
        sendGrid.behave(Behaviour.acceptThenFlood());
        long start = System.nanoTime();

        assertThat(send(email().build())).isInstanceOf(Accepted.class);
        assertThat(elapsed(start)).isLessThan(Duration.ofSeconds(10));
        assertThat(sendGrid.requests()).isEqualTo(1);
    }

    @Test
    @DisplayName("P19 endless headers: bounded read, unknown")
    void readsBoundedHeaders() {
        Map<String, String> headers = new HashMap<>();
        for (int i = 0; i < 1_000; i++) {
            headers.put("X-" + i, "v".repeat(1_000));
        }
        sendGrid.next(
                Behaviour.answer(202, headers, ""), Behaviour.answer(202, Map.of("X-A", "v".repeat(1 << 20)), ""));

        assertThat(send(email().build())).isInstanceOf(Unknown.class);
        assertThat(send(email().build())).isInstanceOf(Unknown.class);
    }

    @Test
    void usesAFreshConnectionWhenAnIdleOneHasEnded() {
        assertThat(send(email().build())).isInstanceOf(Accepted.class);
        sendGrid.behave(Behaviour.refuseConnections());
        sendGrid.behave(Behaviour.accept());
        // The client looks whether a connection still lives once it has been idle for 100 ms.
        await().pollDelay(Duration.ofMillis(150)).until(() -> true);

        assertThat(send(email().build())).isInstanceOf(Accepted.class);
        assertThat(sendGrid.accepted()).hasSize(2);
    }

    @Test
    void keepsAConnectionForTheNextEmail() {
        for (int i = 0; i < 5; i++) {
            assertThat(send(email().build())).isInstanceOf(Accepted.class);
            assertThat(sendGrid.openConnections()).isEqualTo(1);
        }
    }

    @Test
    @DisplayName("T3 interrupted before: not sent, flag kept")
    void isUnavailableWhenInterruptedBefore() {
        Thread.currentThread().interrupt();
        Outcome outcome = send(email().build());

        assertThat(Thread.interrupted()).isTrue();
        assertThat(outcome).isInstanceOf(Unavailable.class);
        assertThat(sendGrid.requests()).isZero();
    }

    @Test
    @DisplayName("T2 no time left: no attempt begins")
    void isUnavailableWhenNoTimeIsLeft() {
        assertThat(provider.send(email().build(), Attempt.Context.within(Duration.ZERO)))
                .isInstanceOf(Unavailable.class);
        assertThat(sendGrid.requests()).isZero();
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
        assertThat(sendGrid.accepted().stream().map(AcceptedEmail::subject).distinct())
                .hasSize(320);
    }

    @Test
    @DisplayName("T4 close leaves no thread and no connection")
    void leavesNothingBehind() {
        SendGridProvider other =
                builder(sendGrid.url()).name("sendgrid-leaving").build();
        assertThat(other.send(email().build(), Attempt.Context.within(DEADLINE)))
                .isInstanceOf(Accepted.class);
        assertThat(threadNames()).anyMatch(name -> name.contains("sendgrid-leaving"));
        other.close();
        provider.close();
        other.close();

        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            assertThat(sendGrid.openConnections()).isZero();
            assertThat(threadNames()).noneMatch(name -> name.contains("sendgrid-leaving"));
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
        assertThat(sendGrid.accepted()).hasSize(1);
        return sendGrid.accepted().get(0);
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
