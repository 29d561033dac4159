package io.mailrouter.examples.runner;

import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import software.amazon.awssdk.core.SdkRequest;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.core.interceptor.SdkExecutionAttribute;
import software.amazon.awssdk.services.sesv2.model.SendEmailRequest;
import software.amazon.awssdk.services.sqs.model.SqsRequest;

/** Notes which permissions the calls of a client need, as {@code action on resource}. */
final class Calls implements ExecutionInterceptor {

    private final Set<String> permissions = new ConcurrentSkipListSet<>();

    @Override
    public void beforeExecution(Context.BeforeExecution call, ExecutionAttributes attributes) {
        String operation = attributes.getAttribute(SdkExecutionAttribute.OPERATION_NAME);
        permissions.add(
                call.request() instanceof SqsRequest
                        ? sqsAction(operation) + " on " + queue(call.request())
                        : sesAction(operation, call.request()));
    }

    /** A batch needs the permission of its entries. */
    private static String sqsAction(String operation) {
        return "sqs:" + operation.replaceFirst("Batch$", "");
    }

    /** SES asks for another permission where it does not build the MIME text from plain parts alone. */
    private static String sesAction(String operation, SdkRequest request) {
        if (request instanceof SendEmailRequest email
                && (email.content().raw() != null
                        || !email.content().simple().attachments().isEmpty())) {
            return "ses:SendRawEmail on emails";
        }
        return "ses:" + operation + (operation.startsWith("Send") ? " on emails" : " on *");
    }

    private static String queue(SdkRequest request) {
        Optional<String> url = request.getValueForField("QueueUrl", String.class);
        String name = url.orElseGet(
                () -> request.getValueForField("QueueName", String.class).orElseThrow());
        return name.replaceFirst("\\.fifo$", "").endsWith("dead") ? "dead letters" : "queue";
    }

    Set<String> permissions() {
        return new TreeSet<>(permissions);
    }

    void forget() {
        permissions.clear();
    }
}
