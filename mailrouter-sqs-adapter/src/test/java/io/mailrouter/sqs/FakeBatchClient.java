package io.mailrouter.sqs;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.BatchResultErrorEntry;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequest;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchResponse;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchResultEntry;

/** A queue that takes batches only, and of each message says what it is told to: taken, or why not. */
final class FakeBatchClient implements SqsClient {

    /** What a queue says of a message that it does not take. */
    record No(String code, boolean senderFault) {}

    private final Function<String, No> verdict;
    private final Predicate<String> unnamed;
    private final List<String> taken = new ArrayList<>();
    private final List<List<String>> calls = new ArrayList<>();

    /** @param verdict what is wrong with a body, or null */
    FakeBatchClient(Function<String, No> verdict) {
        this(verdict, body -> false);
    }

    /** @param unnamed the bodies that the answer says nothing of */
    FakeBatchClient(Function<String, No> verdict, Predicate<String> unnamed) {
        this.verdict = verdict;
        this.unnamed = unnamed;
    }

    List<String> taken() {
        return taken;
    }

    /** Returns the bodies of each call. */
    List<List<String>> calls() {
        return calls;
    }

    @Override
    public SendMessageBatchResponse sendMessageBatch(SendMessageBatchRequest request) {
        List<SendMessageBatchResultEntry> successful = new ArrayList<>();
        List<BatchResultErrorEntry> failed = new ArrayList<>();
        calls.add(request.entries().stream()
                .map(SendMessageBatchRequestEntry::messageBody)
                .toList());
        for (SendMessageBatchRequestEntry entry : request.entries()) {
            No no = verdict.apply(entry.messageBody());
            if (unnamed.test(entry.messageBody())) {
                continue;
            }
            if (no == null) {
                taken.add(entry.messageBody());
                successful.add(SendMessageBatchResultEntry.builder()
                        .id(entry.id())
                        .messageId("m-" + taken.size())
                        .build());
            } else {
                failed.add(BatchResultErrorEntry.builder()
                        .id(entry.id())
                        .code(no.code())
                        .senderFault(no.senderFault())
                        .build());
            }
        }
        return SendMessageBatchResponse.builder()
                .successful(successful)
                .failed(failed)
                .build();
    }

    @Override
    public String serviceName() {
        return "sqs";
    }

    @Override
    public void close() {}
}
