package io.mailrouter.ses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mailrouter.email.Email;
import io.mailrouter.email.Template;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Misconfigured;
import io.mailrouter.provider.Outcome.Throttled;
import io.mailrouter.testkit.Behaviour;
import io.mailrouter.testkit.LoopbackSes;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.retry.RetryPolicy;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sesv2.SesV2Client;
import software.amazon.awssdk.services.sesv2.SesV2ClientBuilder;

/** What an answer of SES comes to, each one answered at a socket and read by the real SDK. */
@Timeout(60)
class SesClassificationTest {

    private final LoopbackSes ses = LoopbackSes.start();
    private final SesProvider provider = SesProviderTest.builder(ses.url()).build();

    @AfterEach
    void close() {
        provider.close();
        ses.close();
    }

    @ParameterizedTest(name = "{0}: {1} {2} \"{3}\" is {4}")
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "P15 bad request, 400, BadRequestException, Missing final '@domain', Rejected",
                "P14 bad request that names a configuration set, 400, BadRequestException, Configuration set <x>"
                        + " does not exist., Misconfigured ACCOUNT",
                "P14 bad request that names an ARN, 400, BadRequestException, The ARN is not valid,"
                        + " Misconfigured ACCOUNT",
                "P14 bad request that names a tenant, 400, BadRequestException, Tenant t does not exist,"
                        + " Misconfigured ACCOUNT",
                "P14 unverified sender, 400, MessageRejected, `Email address is not verified. The following identities"
                        + " failed the check in region EU-WEST-1: shop@example.com`, Misconfigured SENDER",
                "P14 identity of another region, 400, MessageRejectedException, x failed the check in region EU-WEST-1,"
                        + " Misconfigured SENDER",
                "P15 message rejected otherwise, 400, MessageRejected, Message contains a virus, Rejected",
                "P14 MAIL FROM domain not verified, 400, MailFromDomainNotVerifiedException, no MX record,"
                        + " Misconfigured SENDER",
                "P14 configuration set not found, 404, NotFoundException, Configuration set <x> does not exist.,"
                        + " Misconfigured ACCOUNT",
                "P16 account suspended, 400, AccountSuspendedException, suspended, Misconfigured ACCOUNT",
                "P16 sending paused, 400, SendingPausedException, Sending is paused, Misconfigured ACCOUNT",
                "P9 too many requests, 429, TooManyRequestsException, slow down, Throttled",
                "P9 throttled by its plain code, 429, ThrottlingException, Maximum sending rate exceeded., Throttled",
                "P9 throttled as an older API says it, 400, Throttling, Maximum sending rate exceeded., Throttled",
                "P9 daily quota by the same code, 429, ThrottlingException, Daily message quota exceeded.,"
                        + " QuotaExhausted",
                "P9 daily quota as an older API says it, 400, Throttling, Daily message quota exceeded.,"
                        + " QuotaExhausted",
                "P9 a limit is exceeded, 400, LimitExceededException, too many, Throttled",
                "P14 wrong key, 403, UnrecognizedClientException, The security token is invalid.,"
                        + " Misconfigured ACCOUNT",
                "P14 wrong secret, 403, SignatureDoesNotMatch, The signature does not match., Misconfigured ACCOUNT",
                "P14 expired credentials, 403, ExpiredTokenException, The security token is expired,"
                        + " Misconfigured ACCOUNT",
                "P14 clock ahead, 403, InvalidSignatureException, Signature not yet current: 1 is still later than 2,"
                        + " Misconfigured ACCOUNT",
                "P14 clock behind, 403, InvalidSignatureException, Signature expired: 1 is now earlier than 2,"
                        + " Misconfigured ACCOUNT",
                "P14 clock skew by its own code, 403, RequestTimeTooSkewed, skewed, Misconfigured ACCOUNT",
                "P14 missing permission, 403, AccessDeniedException, not authorized to perform ses:SendEmail,"
                        + " Misconfigured ACCOUNT",
                "P14 missing permission for one identity, 403, AccessDeniedException, `not authorized to perform"
                        + " ses:SendEmail on arn:aws:ses:eu-west-1:1:identity/example.com`, Misconfigured SENDER",
                "P14 unheard-of refusal of a credential, 403, BrandNewException, no, Misconfigured ACCOUNT",
                "P11 internal error of the service, 500, InternalServiceErrorException, internal, Unavailable",
                "P11 service unavailable by its own code, 503, ServiceUnavailableException, later, Unavailable",
                "P12 gateway with a code that SES has not, 502, BAD_GATEWAY, upstream, Unknown",
            })
    void readsAnAnswerAsItsRowSays(String row, int status, String code, String text, String expected) {
        ses.behave(LoopbackSes.error(status, code, text));

        assertThat(kind(send(email()))).isEqualTo(expected);
        assertThat(ses.requests()).isEqualTo(1);
    }

    @Test
    @DisplayName("P14 template not found: nothing but this email's like is at fault")
    void holdsNothingForATemplateThatIsNotFound() {
        ses.behave(LoopbackSes.error(404, "NotFoundException", "Template t does not exist"));
        Email email = Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .template(new Template("t", Map.of()))
                .build();

        assertThat(kind(send(email))).isEqualTo("Misconfigured REQUEST");
        assertThat(ses.requests()).isEqualTo(1);
    }

    @Test
    @DisplayName("P8 P9 an exceeded limit: a pause of 60 s; throttled: no hint, for SES gives none")
    void asksForTheTimeThatTheServiceIsKnownToNeed() {
        ses.next(LoopbackSes.error(400, "LimitExceededException", "too many"), LoopbackSes.throttled());

        assertThat(((Throttled) send(email())).retryAfter()).contains(Duration.ofSeconds(60));
        assertThat(((Throttled) send(email())).retryAfter()).isEmpty();
    }

    @Test
    @DisplayName("P10 a Retry-After of something on the way is no word of SES: no hint")
    void readsNoHintThatSesDoesNotGive() {
        for (String hint : new String[] {"-1", "315360000", "junk", "5"}) {
            ses.next(Behaviour.answer(429, Map.of("Retry-After", hint, "x-amz-retry-after", hint), ""));

            assertThat(send(email())).isEqualTo(new Throttled("http_429", "", Optional.empty()));
        }
        assertThat(ses.requests()).isEqualTo(4);
    }

    static Stream<Arguments> answersWithoutACode() {
        return Stream.of(500, 502, 503, 504)
                .flatMap(status -> Stream.of(
                        Arguments.of(status, "text/html", "<html>bad gateway</html>"),
                        Arguments.of(status, "application/json", "{\"message\":\"upstream\"}"),
                        Arguments.of(status, "application/json", "{\"message\":"),
                        Arguments.of(status, "application/json", "[]"),
                        Arguments.of(status, "text/plain", "")));
    }

    @ParameterizedTest(name = "P12 {0} without an error code, {1} \"{2}\", is unknown")
    @MethodSource("answersWithoutACode")
    void isUnknownWhereSomethingOnTheWayMayHaveAnswered(int status, String type, String body) {
        ses.behave(Behaviour.answer(status, Map.of("Content-Type", type), body));
        Outcome outcome = send(email());

        assertThat(kind(outcome)).isEqualTo("Unknown");
        assertThat(outcome.code()).isEqualTo("http_" + status);
        assertThat(ses.requests()).isEqualTo(1);
    }

    @ParameterizedTest(name = "P11 {1} {0} is unknown once internal errors are doubted")
    @CsvSource({"InternalServiceErrorException, 500", "ServiceUnavailableException, 503"})
    void doubtsInternalErrorsWhenToldTo(String code, int status) {
        ses.behave(LoopbackSes.error(status, code, "internal"));
        try (SesProvider doubting =
                SesProviderTest.builder(ses.url()).internalErrorsMaySend().build()) {
            assertThat(kind(doubting.send(email(), Attempt.Context.within(SesProviderTest.DEADLINE))))
                    .isEqualTo("Unknown");
        }
        assertThat(ses.requests()).isEqualTo(1);
    }

    // Clients built the old way are still about.
    @SuppressWarnings("deprecation")
    @Test
    void refusesAClientWithAPolicyThatRetriesAndSaysHowToBuildOneThatDoesNot() {
        refuses(client().overrideConfiguration(o -> o.retryPolicy(RetryPolicy.defaultRetryPolicy())));
        refuses(client().overrideConfiguration(
                        o -> o.retryPolicy(RetryPolicy.builder().numRetries(1).build())));
        refuses(client().overrideConfiguration(o -> o.retryStrategy(AwsRetryStrategy.adaptiveRetryStrategy())));
    }

    private static void refuses(SesV2ClientBuilder builder) {
        try (SesV2Client client = builder.build()) {
            assertThatThrownBy(() -> SesProvider.builder().client(client))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("by itself: build it with overrideConfiguration(o ->"
                            + " o.retryStrategy(AwsRetryStrategy.doNotRetry()))");
        }
    }

    @Test
    @DisplayName("P3 P11 P12 the SDK's own default would send four times: a client built as the error says sends once")
    void sendsOnceThroughAClientBuiltAsTheErrorSays() {
        ses.behave(LoopbackSes.error(500, "InternalServiceErrorException", "internal"));
        try (SesV2Client retrying = client().build();
                SesV2Client single = client().overrideConfiguration(o -> o.retryStrategy(AwsRetryStrategy.doNotRetry()))
                        .build()) {
            assertThatThrownBy(() -> retrying.sendEmail(
                            SesRequest.of(email(), "mr-1", "").build()))
                    .isInstanceOf(RuntimeException.class);
            int repeated = ses.requests();
            SesProvider provided = SesProvider.builder().client(single).build();

            assertThat(kind(provided.send(email(), Attempt.Context.within(SesProviderTest.DEADLINE))))
                    .isEqualTo("Unavailable");
            assertThat(repeated).isGreaterThan(1);
            assertThat(ses.requests()).isEqualTo(repeated + 1);
        }
    }

    private SesV2ClientBuilder client() {
        return SesV2Client.builder()
                .httpClientBuilder(Apache5HttpClient.builder())
                .region(Region.EU_WEST_1)
                .endpointOverride(ses.url())
                .credentialsProvider(SesProviderTest.CREDENTIALS);
    }

    private Outcome send(Email email) {
        assertThat(provider.capabilities().unfit(email)).isEmpty();
        return provider.send(email, Attempt.Context.within(SesProviderTest.DEADLINE));
    }

    private static Email email() {
        return Email.builder()
                .from("Shop <shop@example.com>")
                .to("ada@example.org")
                .subject("Your order")
                .text("text")
                .build();
    }

    static String kind(Outcome outcome) {
        String kind = outcome.getClass().getSimpleName();
        return outcome instanceof Misconfigured misconfigured ? kind + " " + misconfigured.scope() : kind;
    }
}
