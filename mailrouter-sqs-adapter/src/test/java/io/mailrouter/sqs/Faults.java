package io.mailrouter.sqs;

import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import software.amazon.awssdk.core.SdkRequest;
import software.amazon.awssdk.core.SdkResponse;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;

/** Stands between a consumer and the queue: sees every request, lets some fail, changes some answers. */
final class Faults implements ExecutionInterceptor {

    private final Queue<SdkRequest> requests = new ConcurrentLinkedQueue<>();
    private volatile Function<SdkRequest, Optional<RuntimeException>> failure = request -> Optional.empty();
    private volatile Function<SdkRequest, SdkRequest> request = request -> request;
    private volatile Function<SdkResponse, SdkResponse> answer = response -> response;

    /** Says which requests fail before they reach the queue. */
    void failing(Function<SdkRequest, Optional<RuntimeException>> change) {
        failure = change;
    }

    /** Says what reaches the queue in place of a request. */
    void changing(Function<SdkRequest, SdkRequest> change) {
        request = change;
    }

    /** Says what the consumer sees in place of the queue's answer, after the effect. */
    void answering(Function<SdkResponse, SdkResponse> change) {
        answer = change;
    }

    <T extends SdkRequest> List<T> requests(Class<T> type) {
        return requests.stream().filter(type::isInstance).map(type::cast).toList();
    }

    @Override
    public void beforeExecution(Context.BeforeExecution context, ExecutionAttributes attributes) {
        requests.add(context.request());
        failure.apply(context.request()).ifPresent(e -> {
            throw e;
        });
    }

    @Override
    public SdkRequest modifyRequest(Context.ModifyRequest context, ExecutionAttributes attributes) {
        return request.apply(context.request());
    }

    @Override
    public SdkResponse modifyResponse(Context.ModifyResponse context, ExecutionAttributes attributes) {
        return answer.apply(context.response());
    }
}
