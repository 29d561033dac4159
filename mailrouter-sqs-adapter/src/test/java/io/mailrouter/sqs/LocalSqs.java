package io.mailrouter.sqs;

import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import org.elasticmq.rest.sqs.SQSRestServer;
import org.elasticmq.rest.sqs.SQSRestServerBuilder;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sqs.SqsAsyncClient;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequestEntry;
import software.amazon.awssdk.utils.SdkAutoCloseable;

/** ElasticMQ in this JVM, on a port of the system's choice, and clients for it. */
final class LocalSqs implements BeforeAllCallback, AfterAllCallback {

    /** A thread for each task: the common pool may have a single one, and a task that waits would hold up all others. */
    static final Executor THREADS = task -> new Thread(task).start();

    private SQSRestServer server;
    private int port;
    private final List<SdkAutoCloseable> clients = new CopyOnWriteArrayList<>();

    /** A queue and its dead-letter queue. */
    record Queues(String url, String deadLetters) {}

    @Override
    public void beforeAll(ExtensionContext context) {
        start();
    }

    @Override
    public void afterAll(ExtensionContext context) {
        stop();
    }

    void start() {
        server = SQSRestServerBuilder.withInterface("127.0.0.1")
                .withDynamicPort()
                .start();
        InetSocketAddress address = server.waitUntilStarted().localAddress();
        port = address.getPort();
    }

    void stop() {
        clients.forEach(SdkAutoCloseable::close);
        server.stopAndWait();
    }

    int port() {
        return port;
    }

    SqsClient client(ExecutionInterceptor... interceptors) {
        return client(port, interceptors);
    }

    /** Returns a client that asks at another port, where something stands before the queue. */
    SqsClient client(int at, ExecutionInterceptor... interceptors) {
        SqsClient client = client(at, List.of(interceptors));
        clients.add(client);
        return client;
    }

    /** Returns a client that asks at another port and does not wait for an answer for longer than that. */
    SqsClient impatientClient(int at, Duration patience) {
        SqsClient client = client(
                at, List.of(), Apache5HttpClient.builder().maxConnections(64).socketTimeout(patience));
        clients.add(client);
        return client;
    }

    /** Returns a client for a queue service of this machine. Close it. */
    static SqsClient client(int port, List<ExecutionInterceptor> interceptors) {
        return client(port, interceptors, Apache5HttpClient.builder().maxConnections(64));
    }

    private static SqsClient client(
            int port, List<ExecutionInterceptor> interceptors, Apache5HttpClient.Builder connections) {
        return SqsClient.builder()
                .endpointOverride(URI.create("http://127.0.0.1:" + port))
                .region(Region.EU_WEST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("x", "x")))
                .httpClient(connections.build())
                .overrideConfiguration(c -> c.executionInterceptors(interceptors))
                .build();
    }

    SqsAsyncClient asyncClient(ExecutionInterceptor... interceptors) {
        SqsAsyncClient client = SqsAsyncClient.builder()
                .endpointOverride(URI.create("http://127.0.0.1:" + port))
                .region(Region.EU_WEST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("x", "x")))
                .httpClient(NettyNioAsyncHttpClient.builder().maxConcurrency(64).build())
                .overrideConfiguration(c -> c.executionInterceptors(List.of(interceptors)))
                .build();
        clients.add(client);
        return client;
    }

    /** Makes a queue that moves messages by itself after so many receives. */
    Queues queues(SqsClient client, int maxReceiveCount) {
        String name = "q-" + UUID.randomUUID();
        String dead = client.createQueue(r -> r.queueName(name + "-dead")).queueUrl();
        String arn = client.getQueueAttributes(r -> r.queueUrl(dead).attributeNames(QueueAttributeName.QUEUE_ARN))
                .attributes()
                .get(QueueAttributeName.QUEUE_ARN);
        String redrive = "{\"deadLetterTargetArn\":\"" + arn + "\",\"maxReceiveCount\":" + maxReceiveCount + "}";
        String url = client.createQueue(
                        r -> r.queueName(name).attributes(Map.of(QueueAttributeName.REDRIVE_POLICY, redrive)))
                .queueUrl();
        return new Queues(url, dead);
    }

    static void fill(SqsClient client, String url, List<String> bodies) {
        for (int from = 0; from < bodies.size(); from += 10) {
            List<SendMessageBatchRequestEntry> entries = new ArrayList<>();
            for (String body : bodies.subList(from, Math.min(bodies.size(), from + 10))) {
                entries.add(SendMessageBatchRequestEntry.builder()
                        .id(String.valueOf(entries.size()))
                        .messageBody(body)
                        .build());
            }
            client.sendMessageBatch(r -> r.queueUrl(url).entries(entries));
        }
    }

    /** Returns how many messages a queue hands out now. */
    static long visible(SqsClient client, String url) {
        return Long.parseLong(client.getQueueAttributes(
                        r -> r.queueUrl(url).attributeNames(QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES))
                .attributes()
                .get(QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES));
    }

    /** Returns how many messages a queue holds, hidden ones included. */
    static long size(SqsClient client, String url) {
        return client
                .getQueueAttributes(r -> r.queueUrl(url)
                        .attributeNames(
                                QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES,
                                QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_NOT_VISIBLE,
                                QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_DELAYED))
                .attributes()
                .values()
                .stream()
                .mapToLong(Long::parseLong)
                .sum();
    }

    /** Takes everything that is visible now, without hiding it for long. */
    static List<Message> take(SqsClient client, String url) {
        List<Message> all = new ArrayList<>();
        while (true) {
            List<Message> some = client.receiveMessage(r -> r.queueUrl(url)
                            .maxNumberOfMessages(10)
                            .waitTimeSeconds(0)
                            .visibilityTimeout((int) Duration.ofMinutes(5).toSeconds())
                            .messageAttributeNames("All")
                            .messageSystemAttributeNames(MessageSystemAttributeName.ALL))
                    .messages();
            if (some.isEmpty()) {
                return all;
            }
            all.addAll(some);
        }
    }

    /** Returns a message of the format whose subject is its idempotency key, too. */
    static String keyed(String subject) {
        return body(subject).replaceFirst("\\{", "{\"idempotencyKey\":\"" + subject + "\",");
    }

    /** Returns a message of the format, told apart by its subject. */
    static String body(String subject) {
        return "{\"v\":1,\"from\":\"no-reply@example.com\",\"to\":[\"ada@example.org\"],\"subject\":\"" + subject
                + "\",\"text\":\"Hello\"}";
    }
}
