package io.mailrouter.ses;

import io.mailrouter.provider.AnswerRules;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Accepted;
import io.mailrouter.provider.Outcome.Misconfigured;
import io.mailrouter.provider.Outcome.Scope;
import io.mailrouter.provider.Outcome.Unknown;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.services.sesv2.model.BulkEmailEntryResult;
import software.amazon.awssdk.services.sesv2.model.BulkEmailStatus;
import software.amazon.awssdk.services.sesv2.model.SendBulkEmailResponse;
import software.amazon.awssdk.services.sesv2.model.SesV2Exception;

/**
 * Turns what SES answered to many emails into an outcome for each. An entry's status is read as the error that the same
 * fault is in an answer to one email, so that both mean the same and the user's rules hold for both.
 */
final class SesBulkOutcome {

    private final Named named;
    private final AnswerRules rules;
    private final boolean faultsMaySend;

    SesBulkOutcome(Named named, AnswerRules rules, boolean faultsMaySend) {
        this.named = named;
        this.rules = rules;
        this.faultsMaySend = faultsMaySend;
    }

    List<Outcome> of(SendBulkEmailResponse answer, int entries) {
        List<BulkEmailEntryResult> results = answer.bulkEmailEntryResults();
        return results.size() == entries
                ? results.stream().map(this::of).toList()
                : Collections.nCopies(entries, unreadable());
    }

    /**
     * Returns what a call that failed means for each entry. An answer that cannot be read accepted one email but leaves
     * many unknown; and whoever may not send many at once may still send one.
     */
    static Outcome ofCall(Outcome asOfOne) {
        if (asOfOne instanceof Accepted) {
            return unreadable();
        }
        return asOfOne instanceof Misconfigured wrong && wrong.code().equals("accessdenied")
                ? new Misconfigured(wrong.code(), wrong.reason(), Scope.REQUEST)
                : asOfOne;
    }

    private static Outcome unreadable() {
        return new Unknown("unreadable_answer", "the answer does not say what became of each email");
    }

    private Outcome of(BulkEmailEntryResult result) {
        String text = Objects.requireNonNullElse(result.error(), "");
        BulkEmailStatus status = Objects.requireNonNullElse(result.status(), BulkEmailStatus.UNKNOWN_TO_SDK_VERSION);
        return switch (status) {
            case SUCCESS -> new Accepted(Objects.requireNonNullElse(result.messageId(), ""));
            case MESSAGE_REJECTED -> error(400, "MessageRejected", text);
            case INVALID_PARAMETER -> error(400, "BadRequestException", text);
            case MAIL_FROM_DOMAIN_NOT_VERIFIED -> error(400, "MailFromDomainNotVerifiedException", text);
            case CONFIGURATION_SET_NOT_FOUND -> error(404, "NotFoundException", "configuration set: " + text);
            case TEMPLATE_NOT_FOUND -> error(404, "NotFoundException", text);
            case INVALID_SENDING_POOL_NAME ->
                error(404, "NotFoundException", "configuration set, sending pool: " + text);
            case ACCOUNT_SUSPENDED -> error(400, "AccountSuspendedException", text);
            case ACCOUNT_SENDING_PAUSED -> error(400, "SendingPausedException", text);
            case CONFIGURATION_SET_SENDING_PAUSED -> error(400, "SendingPausedException", "configuration set: " + text);
            case ACCOUNT_THROTTLED -> error(429, "ThrottlingException", text);
            case ACCOUNT_DAILY_QUOTA_EXCEEDED -> error(429, "ThrottlingException", "daily quota: " + text);
            case TRANSIENT_FAILURE -> error(500, "InternalServiceErrorException", text, false);
            case FAILED -> error(500, "InternalServiceErrorException", text, faultsMaySend);
            case UNKNOWN_TO_SDK_VERSION ->
                new Unknown("unknown_status", "the answer has a status that this version does not know");
        };
    }

    private Outcome error(int status, String code, String text) {
        return error(status, code, text, false);
    }

    private Outcome error(int status, String code, String text, boolean maySend) {
        AwsErrorDetails details =
                AwsErrorDetails.builder().errorCode(code).errorMessage(text).build();
        SesV2Exception error = (SesV2Exception) SesV2Exception.builder()
                .awsErrorDetails(details)
                .statusCode(status)
                .build();
        return SesOutcome.of(error, named, rules, maySend);
    }
}
