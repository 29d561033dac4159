package io.mailrouter.benchmarks.queue;

import org.elasticmq.rest.sqs.SQSRestServer;
import org.elasticmq.rest.sqs.SQSRestServerBuilder;

/** ElasticMQ in a JVM of its own: writes its port, and ends with its standard input. */
final class DrainServer {

    private DrainServer() {}

    public static void main(String[] args) throws Exception {
        SQSRestServer server = SQSRestServerBuilder.withInterface("127.0.0.1")
                .withDynamicPort()
                .start();
        System.out.println(server.waitUntilStarted().localAddress().getPort());
        while (System.in.read() >= 0) {
            // Whoever started this JVM has nothing to say but that it is over.
        }
        server.stopAndWait();
    }
}
