package io.mailrouter.ses;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.provider.AnswerRules;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Accepted;
import io.mailrouter.provider.Outcome.Misconfigured;
import io.mailrouter.provider.Outcome.Scope;
import io.mailrouter.provider.Outcome.Throttled;
import io.mailrouter.provider.Outcome.Unknown;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.services.sesv2.model.SendEmailResponse;
import software.amazon.awssdk.services.sesv2.model.SesV2Exception;

class SesOutcomeTest {

    private static final Named BY_PROVIDER = new Named(Scope.ACCOUNT, Scope.ACCOUNT);

    @ParameterizedTest
    @CsvSource(
            nullValues = "none",
            value = {
                "400, BadRequestException, Missing final '@domain', Rejected, badrequest",
                "400, BadRequestException, Configuration set x is not there, Misconfigured CONFIGURATION, badrequest",
                "400, BadRequestException, The ARN is not valid, Misconfigured ANYTHING, badrequest",
                "400, BadRequestException, Tenant t is not known, Misconfigured CONFIGURATION, badrequest",
                "400, BadRequestException, arn@example.org is not valid, Rejected, badrequest",
                "400, BadRequestException, tenant@example.org is not valid, Rejected, badrequest",
                "400, BadRequestException, @tenant is not valid, Rejected, badrequest",
                "499, SomethingNewException, m, Rejected, somethingnew",
                "500, SomethingNewException, m, Unknown, somethingnew",
                "400, MessageRejected, Email address is not verified. x, Misconfigured SENDER, messagerejected",
                "400, MessageRejectedException, x failed the check in region EU, Misconfigured SENDER, messagerejected",
                "400, MessageRejected, Message contains a virus, Rejected, messagerejected",
                "400, MailFromDomainNotVerifiedException, m, Misconfigured SENDER, mailfromdomainnotverified",
                "404, NotFoundException, Template x does not exist, Misconfigured ANYTHING, notfound",
                "400, AccountSuspendedException, m, Misconfigured ACCOUNT, accountsuspended",
                "400, SendingPausedException, Sending is paused for the account, Misconfigured ACCOUNT, sendingpaused",
                "400, SendingPausedException, For configuration set x, Misconfigured CONFIGURATION, sendingpaused",
                "404, NotFoundException, Configuration set x is missing, Misconfigured CONFIGURATION, notfound",
                "429, TooManyRequestsException, m, Throttled, toomanyrequests",
                "429, ThrottlingException, Maximum sending rate exceeded., Throttled, throttling",
                "400, Throttling, Rate exceeded, Throttled, throttling",
                "429, ThrottlingException, Daily message quota exceeded., QuotaExhausted, daily_quota",
                "400, Throttling, Daily message quota exceeded, QuotaExhausted, daily_quota",
                "400, LimitExceededException, m, Throttled, limitexceeded",
                "400, LimitExceededException, Daily sending quota exceeded, QuotaExhausted, daily_quota",
                "403, AccessDeniedException, not authorized, Misconfigured ACCOUNT, accessdenied",
                "403, AccessDeniedException, arn:aws:ses:r:1:identity/x, Misconfigured SENDER, accessdenied",
                "403, AccessDeniedException, on arn:aws:ses:r:1:template/t, Misconfigured ACCOUNT, accessdenied",
                "403, ExpiredTokenException, on :identity/x, Misconfigured ACCOUNT, expiredtoken",
                "403, ExpiredTokenException, m, Misconfigured ACCOUNT, expiredtoken",
                "403, UnrecognizedClientException, m, Misconfigured ACCOUNT, unrecognizedclient",
                "403, InvalidSignatureException, Signature expired, Misconfigured ACCOUNT, invalidsignature",
                "400, RequestExpired, m, Misconfigured ACCOUNT, requestexpired",
                "403, SomethingNewException, m, Misconfigured ACCOUNT, somethingnew",
                "500, InternalServiceErrorException, m, Unavailable, internalserviceerror",
                "500, InternalFailure, m, Unavailable, internalfailure",
                "503, ServiceUnavailableException, m, Unavailable, serviceunavailable",
                "400, InternalFailure, m, Rejected, internalfailure",
                "502, BAD_GATEWAY, m, Unknown, bad_gateway",
                "500, none, none, Unknown, http_500",
                "502, none, none, Unknown, http_502",
                "503, '', none, Unknown, http_503",
                "504, none, none, Unknown, http_504",
                "408, none, none, Unknown, http_408",
                "429, none, none, Throttled, http_429",
                "413, none, none, Rejected, http_413",
                "400, none, none, Unavailable, http_400",
                "403, none, none, Misconfigured ACCOUNT, http_403",
                "404, none, none, Misconfigured ACCOUNT, http_404",
                "302, none, none, Misconfigured ACCOUNT, http_302",
                "404, UnknownOperationException, m, Misconfigured ACCOUNT, unknownoperation",
                "429, NewThrottle, m, Throttled, newthrottle",
                "422, SomethingNewException, m, Rejected, somethingnew",
            })
    void readsAnErrorByItsCodeAndWords(int status, String code, String text, String kind, String expectedCode) {
        for (Named named : List.of(
                BY_PROVIDER, new Named(Scope.ACCOUNT, Scope.REQUEST), new Named(Scope.REQUEST, Scope.REQUEST))) {
            Outcome outcome = SesOutcome.of(error(status, code, text), named, AnswerRules.none(), false);

            assertThat(kind(outcome))
                    .isEqualTo(kind.replace("ANYTHING", named.anything().name())
                            .replace("CONFIGURATION", named.configuration().name()));
            assertThat(outcome.code()).isEqualTo(expectedCode);
            assertThat(outcome.surelyNotSent()).isEqualTo(!kind.equals("Unknown") && !kind.equals("Rejected"));
        }
    }

    @Test
    void asksForAPauseOfAMinuteWhereALimitIsExceeded() {
        assertThat(SesOutcome.of(error(400, "LimitExceededException", "m"), BY_PROVIDER, AnswerRules.none(), false))
                .isEqualTo(new Throttled("limitexceeded", "m", Optional.of(Duration.ofSeconds(60))));
    }

    @Test
    void leavesOutTheServicesWordsAboutAnIdentity() {
        Outcome outcome = SesOutcome.of(
                error(403, "AccessDeniedException", "arn:aws:iam::1:user/canary on arn:aws:ses:r:1:identity/canary"),
                BY_PROVIDER,
                AnswerRules.none(),
                false);

        assertThat(outcome.reason()).doesNotContain("canary").isNotEmpty();
    }

    @Test
    void guessesNoHint() {
        assertThat(SesOutcome.of(
                        error(429, "ThrottlingException", "Maximum sending rate exceeded."),
                        BY_PROVIDER,
                        AnswerRules.none(),
                        false))
                .isInstanceOfSatisfying(
                        Throttled.class,
                        throttled -> assertThat(throttled.retryAfter()).isEmpty());
    }

    @Test
    void doubtsAnInternalErrorWhenAskedTo() {
        assertThat(SesOutcome.of(
                        error(500, "InternalServiceErrorException", "m"), BY_PROVIDER, AnswerRules.none(), true))
                .isInstanceOf(Unknown.class);
    }

    @Test
    void readsAnErrorWithoutAnyDetails() {
        assertThat(SesOutcome.of(
                        (SesV2Exception)
                                SesV2Exception.builder().statusCode(500).build(),
                        BY_PROVIDER,
                        AnswerRules.none(),
                        false))
                .isEqualTo(new Unknown("http_500", "answered without an error code of the service"));
    }

    @Test
    void leavesOutTheServicesWordsAboutASignature() {
        Outcome outcome = SesOutcome.of(
                error(403, "SignatureDoesNotMatchException", "x-amz-security-token:canary-token"),
                BY_PROVIDER,
                AnswerRules.none(),
                false);

        assertThat(outcome.reason()).doesNotContain("canary").isNotEmpty();
    }

    @Test
    void masksAddressesInTheServicesWords() {
        Outcome outcome = SesOutcome.of(
                error(400, "MessageRejected", "Email address is not verified: canary@example.org"),
                BY_PROVIDER,
                AnswerRules.none(),
                false);

        assertThat(outcome.reason()).doesNotContain("canary").contains("***@example.org");
    }

    @Test
    void acceptsAnAnswerWithOrWithoutAnId() {
        assertThat(SesOutcome.of(SendEmailResponse.builder().messageId("m-1").build()))
                .isEqualTo(new Accepted("m-1"));
        assertThat(SesOutcome.of(SendEmailResponse.builder().build())).isEqualTo(new Accepted(""));
    }

    private static String kind(Outcome outcome) {
        String kind = outcome.getClass().getSimpleName();
        return outcome instanceof Misconfigured misconfigured ? kind + " " + misconfigured.scope() : kind;
    }

    private static SesV2Exception error(int status, String code, String text) {
        return (SesV2Exception) SesV2Exception.builder()
                .statusCode(status)
                .awsErrorDetails(AwsErrorDetails.builder()
                        .errorCode(code)
                        .errorMessage(text)
                        .build())
                .build();
    }
}
