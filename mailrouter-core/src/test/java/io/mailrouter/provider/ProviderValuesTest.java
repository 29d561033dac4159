package io.mailrouter.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mailrouter.email.Email;
import io.mailrouter.email.EmailAddress;
import io.mailrouter.email.Feature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProviderValuesTest {

    @Test
    @DisplayName("C13 a service's words are masked, escaped and capped")
    void cleansTheWordsOfAService() {
        Outcome outcome = new Outcome.Rejected(
                "Http-400 bad", "no such user \"Ada\" <ada@example.org>\r\n\u0000\u202e " + "x".repeat(10_000));

        assertThat(outcome.code()).isEqualTo("http_400_bad");
        assertThat(outcome.reason())
                .contains("***@example.org")
                .doesNotContain("ada@")
                .contains("\\u000d\\u000a\\u0000\\u202e")
                .hasSizeLessThan(310);
    }

    @Test
    @DisplayName("C11 an address at the cap is masked as well")
    void masksBeforeItCaps() {
        for (int length = 280; length < 320; length++) {
            Outcome outcome = new Outcome.Unknown("x", "y".repeat(length) + " canary@example.org");

            assertThat(outcome.reason()).doesNotContain("canary");
        }
    }

    @Test
    void onlyOutcomesThatAreSurelyNotSentAllowAnotherProvider() {
        assertThat(List.of(
                        new Outcome.Unavailable("c", ""),
                        new Outcome.Throttled("c", "", Optional.empty()),
                        new Outcome.QuotaExhausted("c", ""),
                        new Outcome.Misconfigured("c", "", Outcome.Scope.ACCOUNT)))
                .allMatch(Outcome::surelyNotSent);
        assertThat(List.of(
                        new Outcome.Accepted(""),
                        new Outcome.Partial(
                                "", List.of(new Outcome.Refusal(EmailAddress.parse("a@b.c"), "c", "", false))),
                        new Outcome.Rejected("c", ""),
                        new Outcome.Unknown("c", "")))
                .noneMatch(Outcome::surelyNotSent);
    }

    @Test
    @DisplayName("C10 a secret does not show itself, and a line end behind it does no harm")
    void keepsSecrets(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("key"), "canary\n");

        assertThat(Secret.file(file).reveal()).isEqualTo("canary");
        assertThat(Secret.of(" canary\r\n").reveal()).isEqualTo("canary");
        assertThat(Secret.of("canary").toString()).isEqualTo("Secret[***]");
        assertThatThrownBy(() -> Secret.of("can\nary"))
                .hasMessageContaining("control character")
                .hasMessageNotContaining("ary");
        assertThatThrownBy(() -> Secret.of(" ")).hasMessageContaining("empty");
        assertThatThrownBy(() -> Secret.env("MAILROUTER_NO_SUCH_VARIABLE"))
                .hasMessageContaining("MAILROUTER_NO_SUCH_VARIABLE is not set");
        assertThatThrownBy(() -> Secret.file(directory.resolve("none"))).hasMessageContaining("cannot be read");
    }

    @Test
    void saysWhyAnEmailDoesNotFit() {
        Email email = Email.builder()
                .from("a@example.com")
                .to("b@example.org")
                .to("c@example.org")
                .text("x".repeat(2_000))
                .tag("t")
                .build();

        assertThat(Capabilities.builder().build().unfit(email)).hasValue("cannot carry [TAGS]");
        assertThat(Capabilities.builder()
                        .features(Feature.TAGS)
                        .maxRecipients(1)
                        .build()
                        .unfit(email))
                .hasValue("takes 1 recipients, not 2");
        assertThat(Capabilities.builder()
                        .features(Feature.TAGS)
                        .maxBytes(1_000)
                        .build()
                        .unfit(email))
                .hasValueSatisfying(why -> assertThat(why).startsWith("takes 1000 bytes, not "));
        assertThat(Capabilities.builder()
                        .features(Feature.TAGS)
                        .needs("a subject", e -> !e.subject().isEmpty())
                        .build()
                        .unfit(email))
                .hasValue("needs a subject");
        assertThat(Capabilities.builder().features(Feature.TAGS).build().unfit(email))
                .isEmpty();
    }

    @Test
    void theTimeLeftNeverFallsBelowZero() {
        AtomicLong now = new AtomicLong(100);
        Attempt.Context context = new Attempt.Context("mr-1", 1, 150, now::get);

        assertThat(context.remaining()).isEqualTo(Duration.ofNanos(50));
        now.set(1_000);
        assertThat(context.remaining()).isZero();
    }

    @Test
    @DisplayName("C13 a service's id is capped and holds no control character")
    void cleansIds() {
        assertThat(new Outcome.Accepted("<a\r\nb@host>" + "x".repeat(1_000)).messageId())
                .startsWith("<ab@host>")
                .hasSizeLessThanOrEqualTo(300);
    }
}
