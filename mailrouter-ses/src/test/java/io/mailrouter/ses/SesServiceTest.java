package io.mailrouter.ses;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.EmailService;
import io.mailrouter.ProviderStatus;
import io.mailrouter.SendResult;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.email.Template;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.health.HealthState;
import io.mailrouter.provider.Attempt;
import io.mailrouter.route.Routing;
import io.mailrouter.testkit.Behaviour;
import io.mailrouter.testkit.LoopbackSes;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What follows an answer of SES where a second region stands by: two servers, the real service between. */
@Timeout(60)
class SesServiceTest {

    private final LoopbackSes first = LoopbackSes.start();
    private final LoopbackSes second = LoopbackSes.start();
    private final SesProvider eu =
            SesProviderTest.builder(first.url()).name("ses-eu").build();
    private final SesProvider us =
            SesProviderTest.builder(second.url()).name("ses-us").build();
    private final List<EmailEvent> events = new CopyOnWriteArrayList<>();
    private final EmailService emails = EmailService.builder()
            .routing(Routing.inOrder())
            .provider(eu)
            .provider(us)
            // No trial falls into a test, however slow the machine is.
            .breaker(breaker -> breaker.openFor(Duration.ofMinutes(5), Duration.ofMinutes(5)))
            .listener(events::add)
            .build();

    @AfterEach
    void close() {
        emails.close();
        eu.close();
        us.close();
        first.close();
        second.close();
    }

    @Test
    @DisplayName("P1 X6 a refused connection fails over at once")
    void failsOverWhenTheConnectionIsRefused() {
        first.behave(Behaviour.refuseConnections());

        assertThat(accepted()).isEqualTo("ses-us");
        assertThat(second.requests()).isEqualTo(1);
    }

    @Test
    @DisplayName("X11 P3 a time-out after the email was handed over is unknown, and nobody else is asked")
    void sendsNothingAgainAfterATimeout() {
        first.behave(Behaviour.acceptThenHang());
        SendResult result =
                emails.trySend(email().deadline(Duration.ofSeconds(2)).build());

        assertThat(result).isInstanceOf(SendResult.Unknown.class);
        assertThat(first.accepted()).hasSize(1);
        assertThat(second.requests()).isZero();
    }

    @Test
    @DisplayName("P11 the service's own internal error fails over, one request at each")
    void failsOverOnAnInternalError() {
        first.behave(LoopbackSes.error(500, "InternalServiceErrorException", "internal"));

        assertThat(accepted()).isEqualTo("ses-us");
        assertThat(first.requests()).isEqualTo(1);
        assertThat(second.requests()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 502, 503, 504})
    @DisplayName("P12 a gateway's error does not fail over")
    void stopsOnAGatewaysError(int status) {
        first.behave(Behaviour.answer(status, Map.of(), "<html>"));

        assertThat(emails.trySend(email().build())).isInstanceOf(SendResult.Unknown.class);
        assertThat(second.requests()).isZero();
    }

    @Test
    @DisplayName(
            "X1 X8 P15 P24 a bad recipient, a thousand times: no failover, breaker unmoved, the next email goes out")
    void movesNoBreakerForABadEmail() {
        first.behave(LoopbackSes.error(400, "BadRequestException", "Illegal address"));
        for (int i = 0; i < 1_000; i++) {
            assertThat(emails.trySend(email().build())).isInstanceOf(SendResult.Rejected.class);
        }
        assertThat(second.requests()).isZero();
        assertThat(status("ses-eu").state()).isEqualTo(HealthState.UP);
        first.behave(Behaviour.accept());

        assertThat(accepted()).isEqualTo("ses-eu");
    }

    @ParameterizedTest(name = "P14 P16 {0}: fails over, is not asked again, and says so once")
    @CsvSource({
        "400, AccountSuspendedException, suspended",
        "400, SendingPausedException, paused",
        "403, ExpiredTokenException, expired",
        "403, SignatureDoesNotMatch, wrong",
        "404, NotFoundException, Configuration set <x> does not exist."
    })
    void leavesAStoppedAccountAlone(int status, String code, String text) {
        first.behave(LoopbackSes.error(status, code, text));
        Instant before = Instant.now();
        for (int i = 0; i < 10; i++) {
            assertThat(accepted()).isEqualTo("ses-us");
        }

        assertThat(first.requests()).isEqualTo(1);
        assertThat(second.requests()).isEqualTo(10);
        assertThat(status("ses-eu").state()).isEqualTo(HealthState.MISCONFIGURED);
        assertThat(status("ses-eu").until())
                .hasValueSatisfying(until -> assertThat(until).isAfter(before.plus(Duration.ofMinutes(4))));
        assertThat(stateChangesOf("ses-eu")).isEqualTo(1);
    }

    @Test
    @DisplayName("P22 a server that fails every second request is left alone after ten, and the traffic moves")
    void leavesAFlappingServerAlone() {
        for (int i = 0; i < 50; i++) {
            first.next(LoopbackSes.error(500, "InternalServiceErrorException", "internal"), Behaviour.accept());
        }
        for (int i = 0; i < 100; i++) {
            accepted();
        }

        assertThat(first.requests()).isEqualTo(10);
        assertThat(second.requests()).isEqualTo(95);
        assertThat(status("ses-eu").state()).isNotEqualTo(HealthState.UP);
    }

    @Test
    @DisplayName("P14 an unverified sender stops this sender's domain only")
    void holdsTheSendersDomainOnly() {
        first.next(LoopbackSes.error(400, "MessageRejected", "Email address is not verified."));

        assertThat(accepted()).isEqualTo("ses-us");
        assertThat(accepted()).isEqualTo("ses-us");
        SendResult other = emails.trySend(email().from("shop@other.example").build());
        assertThat(((SendResult.Accepted) other).provider()).isEqualTo("ses-eu");
        assertThat(first.requests()).isEqualTo(2);
    }

    @Test
    @DisplayName("P14 a template that one email names stops that email's attempt only")
    void holdsNothingForATemplate() {
        first.next(LoopbackSes.error(404, "NotFoundException", "Template t does not exist"));
        Email templated = Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .template(new Template("t", Map.of()))
                .build();

        assertThat(((SendResult.Accepted) emails.trySend(templated)).provider()).isEqualTo("ses-us");
        assertThat(accepted()).isEqualTo("ses-eu");
    }

    @Test
    @DisplayName("P9 throttled without a hint: fails over, held for a while, breaker unmoved")
    void leavesAThrottledProviderAlone() {
        first.behave(LoopbackSes.throttled());
        for (int i = 0; i < 50; i++) {
            assertThat(accepted()).isEqualTo("ses-us");
        }

        assertThat(first.requests()).isLessThan(50);
        assertThat(status("ses-eu").state()).isNotEqualTo(HealthState.DOWN);
        assertThat(status("ses-eu").holds()).allMatch(hold -> hold.code().equals("throttling"));
    }

    @Test
    @DisplayName("a used-up quota: fails over, held until it is looked at again, breaker unmoved")
    void leavesAUsedUpProviderAlone() {
        first.behave(LoopbackSes.quotaExceeded());

        assertThat(accepted()).isEqualTo("ses-us");
        assertThat(accepted()).isEqualTo("ses-us");
        assertThat(first.requests()).isEqualTo(1);
        assertThat(status("ses-eu").state()).isEqualTo(HealthState.QUOTA_EXHAUSTED);
    }

    @Test
    @DisplayName("P17 too big for SES: not eligible, no call made, and the result says why")
    void makesNoCallForWhatIsTooBig() {
        SendResult result = emails.trySend(email().text("x".repeat(40_000_001)).build());

        assertThat(result).isInstanceOf(SendResult.Rejected.class);
        assertThat(result.trail().summary()).contains("ses-eu", "bytes");
        assertThat(first.requests() + second.requests()).isZero();
    }

    @Test
    @DisplayName("P21 all refuse the connection: not sent, each attempt listed, with a time to try again")
    void tellsWhenToTryAgainWhenAllAreDown() {
        first.behave(Behaviour.refuseConnections());
        second.behave(Behaviour.refuseConnections());
        SendResult result = emails.trySend(email().build());

        assertThat(result)
                .isInstanceOfSatisfying(
                        SendResult.NotSent.class,
                        notSent -> assertThat(notSent.retryAt()).isPresent());
        assertThat(result.trail().attempts()).extracting(Attempt::provider).containsExactly("ses-eu", "ses-us");
    }

    @Test
    @DisplayName("X14 a provider that does not own the sender's domain is not asked")
    void asksNobodyWhoDoesNotOwnTheDomain() {
        try (EmailService owning = EmailService.builder()
                .routing(Routing.inOrder())
                .provider(eu)
                .provider(us, use -> use.senderDomains("other.example"))
                .build()) {
            first.behave(Behaviour.refuseConnections());

            assertThat(owning.trySend(email().build())).isInstanceOf(SendResult.NotSent.class);
            assertThat(second.requests()).isZero();
        }
    }

    @Test
    @DisplayName("C13 control characters in the service's words are escaped, their length is capped")
    void escapesTheServicesWords() {
        first.behave(Behaviour.answer(
                400,
                Map.of("x-amzn-ErrorType", "MessageRejected"),
                "{\"message\":\"bad\\r\\n\\u0000\\u001b[2J\\u202e canary@example.org " + "x".repeat(5_000) + "\"}"));
        String reason = emails.trySend(email().build())
                .trail()
                .attempts()
                .get(0)
                .outcome()
                .reason();

        assertThat(reason)
                .startsWith("bad\\u000d\\u000a\\u0000\\u001b[2J\\u202e ***@example.org")
                .hasSizeLessThanOrEqualTo(310);
        assertThat(events.toString()).doesNotContain("canary").doesNotContain("\r", "\n", "\u0000");
    }

    @Test
    @DisplayName("C11 words of the service that repeat the email bring none of it into results and events")
    void masksTheRecipientInTheServicesWords() {
        first.behave(LoopbackSes.error(400, "MessageRejected", "ada-canary@example.org is not verified"));
        second.behave(LoopbackSes.error(400, "BadRequestException", "no such user: <ada-canary@example.org>"));
        SendResult result = emails.trySend(email().subject("subject-canary")
                .text("text-canary")
                .header("X-A", "header-canary")
                .metadata("a", "value-canary")
                .build());

        assertThat(result.trail().attempts()).hasSize(2);
        assertThat(result + result.trail().summary() + events)
                .doesNotContain("canary")
                .contains("***@example.org");
    }

    private String accepted() {
        return ((SendResult.Accepted) emails.trySend(email().build())).provider();
    }

    private ProviderStatus status(String name) {
        return emails.providers().stream()
                .filter(status -> status.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private long stateChangesOf(String provider) {
        return events.stream()
                .filter(event -> event instanceof EmailEvent.ProviderStateChanged change
                        && change.provider().equals(provider))
                .count();
    }

    private static EmailBuilder email() {
        return Email.builder()
                .from("Shop <shop@example.com>")
                .to("ada@example.org")
                .subject("Your order")
                .text("text");
    }
}
