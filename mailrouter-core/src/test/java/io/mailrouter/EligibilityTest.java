package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.email.Attachment;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.email.Feature;
import io.mailrouter.email.RawMime;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.Outcome;
import io.mailrouter.route.Routing;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whoever cannot carry an email whole is never asked: the first provider stands for it, the second for one that can. */
class EligibilityTest {

    private final VirtualTime time = new VirtualTime();
    private final ScriptedProvider first = new ScriptedProvider("first");
    private final ScriptedProvider second = new ScriptedProvider("second");

    private EmailServiceBuilder service() {
        return EmailService.builder()
                .time(time.time())
                .random(new Random(1))
                .routing(Routing.inOrder())
                .provider(first)
                .provider(second);
    }

    private static EmailBuilder email() {
        return Email.builder().from("shop@example.com").to("ada@example.org").text("hello");
    }

    private static Capabilities.Builder allBut(Feature... missing) {
        Feature[] carried = Stream.of(Feature.values())
                .filter(feature -> !Arrays.asList(missing).contains(feature))
                .toArray(Feature[]::new);
        return Capabilities.builder().features(carried).honoursDeadline();
    }

    private static Arguments row(String detail, Capabilities.Builder narrow, UnaryOperator<EmailBuilder> change) {
        return Arguments.of(detail, narrow.build(), change.apply(email()).build());
    }

    static Stream<Arguments> emailsThatDoNotFit() {
        byte[] bytes = new byte[3_000];
        RawMime raw = RawMime.of("Subject: x\r\n\r\nx".getBytes(StandardCharsets.US_ASCII));
        return Stream.of(
                row(
                        "takes 2 recipients, not 3",
                        allBut().maxRecipients(2),
                        e -> e.cc("b@example.org").bcc("c@example.org")),
                row(
                        "takes 4000 bytes, not 4",
                        allBut().maxBytes(4_000),
                        e -> e.attach(Attachment.of("a.bin", "application/octet-stream", bytes))),
                row("cannot carry [HEADERS]", allBut(Feature.HEADERS), e -> e.header("X-Order", "42")),
                row(
                        "cannot carry [ATTACHMENTS]",
                        allBut(Feature.ATTACHMENTS),
                        e -> e.attach(Attachment.of("a.bin", "application/octet-stream", bytes))),
                row(
                        "cannot carry [INLINE_ATTACHMENTS]",
                        allBut(Feature.INLINE_ATTACHMENTS),
                        e -> e.attach(Attachment.inline("cid", "a.png", "image/png", bytes))),
                row(
                        "cannot carry [RAW_MIME]",
                        allBut(Feature.RAW_MIME),
                        e -> Email.builder()
                                .from("shop@example.com")
                                .to("ada@example.org")
                                .raw(raw)),
                row(
                        "cannot carry [UNICODE_LOCAL_PART]",
                        allBut(Feature.UNICODE_LOCAL_PART),
                        e -> e.to("ädä@example.org")),
                row(
                        "cannot carry [SEND_AT]",
                        allBut(Feature.SEND_AT),
                        e -> e.sendAt(Instant.parse("2026-01-02T00:00:00Z"))),
                row("cannot carry [TAGS]", allBut(Feature.TAGS), e -> e.tag("order")),
                row("cannot carry [METADATA]", allBut(Feature.METADATA), e -> e.metadata("k", "v")),
                row(
                        "needs a subject",
                        allBut().needs("a subject", e -> !e.subject().isEmpty()),
                        e -> e));
    }

    @ParameterizedTest(name = "P17 {0}: not eligible, and no call is made")
    @MethodSource("emailsThatDoNotFit")
    @DisplayName("P17 what one provider cannot carry goes to another, and no call is made")
    void whoCannotCarryAnEmailIsNotAsked(String detail, Capabilities narrow, Email email) {
        first.capabilities = narrow;
        try (EmailService emails = service().build()) {
            RoutePlan plan = emails.route(email);
            SendResult.Accepted accepted = emails.send(email);

            assertThat(accepted.provider()).isEqualTo("second");
            assertThat(first.attempts).isEmpty();
            assertThat(accepted.trail().skipped())
                    .isEqualTo(plan.skipped())
                    .singleElement()
                    .satisfies(skip -> {
                        assertThat(skip.provider()).isEqualTo("first");
                        assertThat(skip.reason()).isEqualTo(Skipped.Reason.NOT_CAPABLE);
                        assertThat(skip.detail()).startsWith(detail);
                    });
            assertThat(emails.send(email().subject("s").build()).provider())
                    .as("an email that fits")
                    .isEqualTo("first");
        }
    }

    @Test
    @DisplayName("X14 a fallback that does not own the sender's domain is not eligible, and no call is made")
    void aFallbackSendsOnlyFromDomainsThatItOwns() {
        first.always(new Outcome.Unavailable("refused", ""));
        try (EmailService emails = EmailService.builder()
                .routing(Routing.inOrder())
                .provider(first)
                .provider(second, p -> p.senderDomains("other.example"))
                .build()) {
            SendResult result = emails.trySend(email().build());

            assertThat(result).isInstanceOf(SendResult.NotSent.class);
            assertThat(second.attempts).isEmpty();
            assertThat(result.trail().skipped())
                    .extracting(Skipped::reason)
                    .containsExactly(Skipped.Reason.NOT_OWNER_OF_SENDER);
        }
    }

    @Test
    void whoIsNotAllowedIsNotAsked() {
        try (EmailService emails = service().build()) {
            emails.send(email().notProviders("first").build());
            emails.send(email().onlyProviders("second").build());

            assertThat(first.attempts).isEmpty();
            assertThat(emails.route(email().onlyProviders("second").build()).skipped())
                    .extracting(Skipped::reason)
                    .containsExactly(Skipped.Reason.NOT_ALLOWED);
        }
    }

    @Test
    void aSenderThatAProviderDoesNotKnowIsKeptFromThatProviderOnlyAndForATimeOnly() {
        Outcome notVerified = new Outcome.Misconfigured("sender_not_verified", "", Outcome.Misconfigured.Scope.SENDER);
        first.next(notVerified);
        Email other = email().from("shop@other.example").build();
        try (EmailService emails = service().build()) {
            assertThat(emails.send(email().build()).provider())
                    .as("it fails over")
                    .isEqualTo("second");

            assertThat(emails.send(email().build()).provider()).isEqualTo("second");
            assertThat(first.attempts).as("the domain is not tried again").hasSize(1);
            assertThat(emails.route(email().build()).skipped()).singleElement().satisfies(skip -> {
                assertThat(skip.reason()).isEqualTo(Skipped.Reason.HELD);
                assertThat(skip.detail()).isEqualTo("sender_misconfigured: sender_not_verified");
                assertThat(skip.until()).isPresent();
            });
            assertThat(emails.send(other).provider()).as("another domain").isEqualTo("first");
            assertThat(emails.providers().get(0).failed())
                    .as("no failure of the provider")
                    .isZero();

            time.pass(Duration.ofMinutes(5));
            assertThat(emails.send(email().build()).provider()).as("in time").isEqualTo("first");
        }
    }
}
