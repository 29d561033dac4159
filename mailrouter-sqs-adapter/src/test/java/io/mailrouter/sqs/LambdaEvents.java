package io.mailrouter.sqs;

import com.amazonaws.services.lambda.runtime.ClientContext;
import com.amazonaws.services.lambda.runtime.CognitoIdentity;
import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.LambdaLogger;
import com.amazonaws.services.lambda.runtime.events.SQSBatchResponse;
import com.amazonaws.services.lambda.runtime.events.SQSEvent;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;
import software.amazon.awssdk.services.sqs.model.Message;

/** Events as Lambda makes them of a queue's messages. */
final class LambdaEvents {

    static final String ARN = "arn:aws:sqs:eu-west-1:123456789012:emails";

    private LambdaEvents() {}

    static SQSEvent event(SQSEvent.SQSMessage... records) {
        SQSEvent event = new SQSEvent();
        event.setRecords(Arrays.asList(records));
        return event;
    }

    /** Returns a batch of emails with these subjects, which are their message ids as well. */
    static SQSEvent emails(String... subjects) {
        return event(Arrays.stream(subjects)
                .map(subject -> entry(subject, LocalSqs.body(subject)))
                .toArray(SQSEvent.SQSMessage[]::new));
    }

    static SQSEvent.SQSMessage entry(String id, String body) {
        SQSEvent.SQSMessage entry = new SQSEvent.SQSMessage();
        entry.setMessageId(id);
        entry.setReceiptHandle("handle-" + id);
        entry.setBody(body);
        entry.setEventSource("aws:sqs");
        entry.setEventSourceArn(ARN);
        entry.setAttributes(new HashMap<>(Map.of(
                "ApproximateReceiveCount", "1",
                "SentTimestamp", String.valueOf(System.currentTimeMillis()),
                "ApproximateFirstReceiveTimestamp", String.valueOf(System.currentTimeMillis()))));
        entry.setMessageAttributes(new HashMap<>());
        return entry;
    }

    /** Returns an email of a group. */
    static SQSEvent.SQSMessage grouped(String subject, String group, String arn) {
        SQSEvent.SQSMessage entry = entry(subject, LocalSqs.body(subject));
        entry.setEventSourceArn(arn);
        entry.getAttributes().put("MessageGroupId", group);
        return entry;
    }

    /** Returns the event that Lambda makes of messages that it has received. */
    static SQSEvent received(List<Message> messages, String arn) {
        return event(messages.stream()
                .map(message -> {
                    SQSEvent.SQSMessage entry = entry(message.messageId(), message.body());
                    entry.setReceiptHandle(message.receiptHandle());
                    entry.setEventSourceArn(arn);
                    entry.setAttributes(message.attributesAsStrings());
                    return entry;
                })
                .toArray(SQSEvent.SQSMessage[]::new));
    }

    static List<String> failed(SQSBatchResponse response) {
        return response.getBatchItemFailures().stream()
                .map(SQSBatchResponse.BatchItemFailure::getItemIdentifier)
                .toList();
    }

    /** A context that knows the time that is left, and nothing else. */
    record TimeLeft(IntSupplier millis) implements Context {

        static TimeLeft plenty() {
            return new TimeLeft(() -> 600_000);
        }

        @Override
        public int getRemainingTimeInMillis() {
            return millis.getAsInt();
        }

        @Override
        public String getAwsRequestId() {
            return "";
        }

        @Override
        public String getLogGroupName() {
            return "";
        }

        @Override
        public String getLogStreamName() {
            return "";
        }

        @Override
        public String getFunctionName() {
            return "";
        }

        @Override
        public String getFunctionVersion() {
            return "";
        }

        @Override
        public String getInvokedFunctionArn() {
            return "";
        }

        @Override
        public CognitoIdentity getIdentity() {
            return null;
        }

        @Override
        public ClientContext getClientContext() {
            return null;
        }

        @Override
        public int getMemoryLimitInMB() {
            return 512;
        }

        @Override
        public LambdaLogger getLogger() {
            return null;
        }
    }
}
