package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.services.sqs.model.SqsException;

class QueueErrorsTest {

    @ParameterizedTest
    @CsvSource({
        "400, InvalidParameterValue, false, true",
        "400, AccessDeniedException, true, false",
        "403, InvalidClientTokenId, true, false",
        "400, ThrottlingException, false, false",
        "500, InternalFailure, false, false"
    })
    void whatMustBeMendedAndWhatIsRefusedForWhatItIsAreToldApart(
            int status, String code, boolean forGood, boolean refused) {
        var answer = SqsException.builder()
                .statusCode(status)
                .awsErrorDetails(AwsErrorDetails.builder().errorCode(code).build())
                .build();

        assertThat(QueueErrors.isForGood((RuntimeException) answer)).isEqualTo(forGood);
        assertThat(QueueErrors.isRefused((RuntimeException) answer)).isEqualTo(refused);
        assertThat(QueueErrors.code((RuntimeException) answer)).isEqualTo(code);
    }
}
