package io.mailrouter.testkit;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mailrouter.EmailService;
import io.mailrouter.SendResult;
import io.mailrouter.email.Attachment;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.email.Feature;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.Outcome;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RecordingProviderTest {

    private static final Outcome DOWN = new Outcome.Unavailable("down", "");

    private final RecordingProvider provider = RecordingProvider.named("recording");

    @Test
    void keepsWhatAnApplicationSends() {
        try (EmailService emails = EmailService.builder().provider(provider).build()) {
            SendResult.Accepted accepted = emails.send(order("ada@example.org"));
            emails.send(order("grace@example.org"));

            Assertions.assertThat(accepted.messageId()).isEqualTo("recorded-1");
        }
        RecordingProviderAssert.assertThat(provider).sent(2);
        RecordingProviderAssert.assertThat(provider)
                .sentTo("ada@example.org")
                .isFrom("shop@example.com")
                .hasSubject("Your order")
                .hasTextContaining("thank")
                .hasHtmlContaining("<p>")
                .hasHeader("X-Order", "42")
                .hasTag("order")
                .hasMetadata("orderId", "42")
                .hasAttachment("bill.pdf")
                .hasIdempotencyKey("order-42");
        provider.forget();
        RecordingProviderAssert.assertThat(provider).sentNothing();
    }

    @Test
    void failsEachAssertionThatDoesNotHold() {
        provider.send(order("ada@example.org"), Attempt.Context.within(Duration.ofSeconds(1)));
        RecordingProviderAssert sent = RecordingProviderAssert.assertThat(provider);
        EmailAssert email = sent.sentOne();

        for (Runnable wrong : Arrays.<Runnable>asList(
                sent::sentNothing,
                () -> sent.sent(2),
                () -> sent.sentTo("eve@example.org"),
                () -> email.isFrom("x@example.com"),
                () -> email.hasSubject("other"),
                () -> email.hasTextContaining("other"),
                () -> email.hasHtmlContaining("other"),
                () -> email.hasHeader("X-Order", "43"),
                () -> email.hasHeader("X-Other", "42"),
                () -> email.hasTag("other"),
                () -> email.hasMetadata("orderId", "43"),
                () -> email.hasAttachment("other.pdf"),
                () -> email.hasIdempotencyKey("order-43"))) {
            assertThatThrownBy(wrong::run).isInstanceOf(AssertionError.class).hasMessageContaining("Expected");
        }
    }

    @Test
    void endsAttemptsAsItIsTold() {
        provider.next(DOWN, new Outcome.Accepted("told")).answers(new Outcome.Rejected("no", ""));

        Assertions.assertThat(send()).isEqualTo(DOWN);
        Assertions.assertThat(send()).isEqualTo(new Outcome.Accepted("told"));
        Assertions.assertThat(send()).isInstanceOf(Outcome.Rejected.class);
        provider.accepts();
        Assertions.assertThat(send()).isEqualTo(new Outcome.Accepted("recorded-1"));
        Assertions.assertThat(provider.attempted()).hasSize(4);
        Assertions.assertThat(provider.emails()).hasSize(2);
    }

    @Test
    @DisplayName("P25 X5 a provider that throws, even what it may not, or hangs: unknown at the deadline")
    void isContainedWhenItThrowsOrHangs() {
        try (EmailService emails = EmailService.builder()
                .provider(provider)
                .deadline(Duration.ofSeconds(2))
                .build()) {
            provider.fails(new IOException("not declared"));
            Assertions.assertThat(emails.trySend(order("ada@example.org"))).isInstanceOf(SendResult.Unknown.class);
            provider.fails(new StackOverflowError());
            Assertions.assertThat(emails.trySend(order("ada@example.org"))).isInstanceOf(SendResult.Unknown.class);
            provider.hangs();
            Assertions.assertThat(emails.trySend(order("ada@example.org"))).isInstanceOf(SendResult.Unknown.class);
            provider.close();
        }
        Assertions.assertThat(provider.attempted()).hasSize(3);
        RecordingProviderAssert.assertThat(provider).sentNothing();
    }

    @Test
    @DisplayName("T3 an interrupt ends a hang and is kept")
    void keepsTheInterruptOfAHang() throws Exception {
        provider.hangs();
        CompletableFuture<Boolean> kept = new CompletableFuture<>();
        Thread sender = new Thread(() -> {
            Outcome outcome = send();
            kept.complete(
                    outcome instanceof Outcome.Unknown && Thread.currentThread().isInterrupted());
        });
        sender.start();
        await().until(() -> provider.attempted().size() == 1);
        sender.interrupt();

        Assertions.assertThat(kept.get(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void carriesEverythingUntilToldOtherwise() {
        Assertions.assertThat(provider.capabilities().features()).containsExactly(Feature.values());

        provider.carries(Capabilities.builder().build());

        Assertions.assertThat(provider.capabilities().unfit(order("ada@example.org")))
                .isPresent();
    }

    @Test
    void isSharedByManyThreads() {
        IntStream.range(0, 2_000).parallel().forEach(i -> send());

        Assertions.assertThat(provider.emails()).hasSize(2_000);
        Assertions.assertThat(send()).isEqualTo(new Outcome.Accepted("recorded-2001"));
    }

    private Outcome send() {
        return provider.send(order("ada@example.org"), Attempt.Context.within(Duration.ofSeconds(30)));
    }

    private static Email order(String to) {
        EmailBuilder email = Email.builder()
                .from("Shop <shop@example.com>")
                .to(to)
                .subject("Your order")
                .text("thank you")
                .html("<p>thank you</p>");
        return email.header("X-Order", "42")
                .tag("order")
                .metadata("orderId", "42")
                .attach(Attachment.of("bill.pdf", "application/pdf", new byte[] {1}))
                .idempotencyKey("order-42")
                .build();
    }
}
