package io.mailrouter.examples.pipeline;

import io.mailrouter.testkit.LoopbackSendGrid;
import io.mailrouter.testkit.LoopbackSes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.util.Map;
import java.util.TreeMap;
import org.elasticmq.rest.sqs.SQSRestServer;
import org.elasticmq.rest.sqs.SQSRestServerBuilder;
import redis.embedded.RedisServer;

/** The real parts that the job runs on: ElasticMQ, Redis, and two loopback providers. */
final class Parts implements AutoCloseable {

    private final SQSRestServer elasticMq;
    private final RedisServer redis;
    private final int redisPort;
    private final LoopbackSes ses = LoopbackSes.start();
    private final LoopbackSendGrid sendGrid = LoopbackSendGrid.start();
    private final Queue queue;

    Parts() {
        elasticMq = SQSRestServerBuilder.withInterface("127.0.0.1")
                .withDynamicPort()
                .start();
        redisPort = freePort();
        try {
            redis = RedisServer.newRedisServer()
                    .bind("127.0.0.1")
                    .port(redisPort)
                    .setting("save \"\"")
                    .build();
            redis.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        queue = new Queue(sqsUrl());
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private URI sqsUrl() {
        return URI.create("http://127.0.0.1:"
                + elasticMq.waitUntilStarted().localAddress().getPort());
    }

    Queue queue() {
        return queue;
    }

    LoopbackSes ses() {
        return ses;
    }

    LoopbackSendGrid sendGrid() {
        return sendGrid;
    }

    /** Returns the environment that points a runner at these parts. */
    Map<String, String> environment(int concurrency) {
        Map<String, String> environment = new TreeMap<>();
        environment.put("AWS_REGION", "eu-west-1");
        environment.put("AWS_ACCESS_KEY_ID", "local");
        environment.put("AWS_SECRET_ACCESS_KEY", "local");
        environment.put("AWS_ENDPOINT_URL_SQS", sqsUrl().toString());
        environment.put("AWS_ENDPOINT_URL_SESV2", ses.url().toString());
        environment.put("SENDGRID_BASE_URL", sendGrid.url().toString());
        environment.put("SENDGRID_API_KEY", "SG.local");
        environment.put("MAILROUTER_QUEUE_URL", queue.url());
        environment.put("MAILROUTER_PROVIDERS", "ses,sendgrid");
        environment.put("MAILROUTER_ROUTING", "order");
        environment.put("MAILROUTER_REDIS_URI", "redis://127.0.0.1:" + redisPort);
        environment.put("MAILROUTER_STORE_FAILURE", "hold");
        environment.put("MAILROUTER_CONCURRENCY", String.valueOf(concurrency));
        environment.put("MAILROUTER_SES_TIMEOUT", "1s");
        environment.put("MAILROUTER_HTTP", "127.0.0.1:0");
        return environment;
    }

    /** Returns the addresses of all parts, for people. */
    Map<String, String> urls() {
        Map<String, String> urls = new TreeMap<>();
        urls.put("queue", queue.url());
        urls.put("redis", "redis://127.0.0.1:" + redisPort);
        urls.put("ses", ses.url().toString());
        urls.put("sendgrid", sendGrid.url().toString());
        return urls;
    }

    @Override
    public void close() {
        queue.close();
        ses.close();
        sendGrid.close();
        elasticMq.stopAndWait();
        try {
            redis.stop();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
