package io.mailrouter.sqs;

import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.services.sqs.model.QueueDoesNotExistException;

/** Reads what an operator needs off the SDK's exceptions, whose own words may name accounts and hosts. */
final class QueueErrors {

    private QueueErrors() {}

    /** Returns the service's error code, or the exception's type where the service did not answer. */
    static String code(RuntimeException e) {
        if (e instanceof AwsServiceException answer && answer.awsErrorDetails() != null) {
            String code = answer.awsErrorDetails().errorCode();
            return code == null ? "http_" + answer.statusCode() : code;
        }
        return e.getClass().getSimpleName();
    }

    /** Says whether the service refused a message for what it is, such as its size. */
    static boolean isRefused(RuntimeException e) {
        return e instanceof AwsServiceException answer
                && answer.statusCode() == 400
                && !answer.isThrottlingException()
                && !isForGood(e);
    }

    static boolean isMissing(RuntimeException e) {
        return e instanceof QueueDoesNotExistException;
    }

    /** Says whether somebody must mend something before another try is of use. */
    static boolean isForGood(RuntimeException e) {
        return isMissing(e)
                || (e instanceof AwsServiceException answer
                        && (answer.statusCode() == 403 || code(answer).startsWith("AccessDenied")));
    }
}
