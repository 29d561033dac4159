package io.mailrouter.benchmarks.scale;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.mailrouter.EmailService;
import io.mailrouter.benchmarks.InstantProvider;
import io.mailrouter.email.Email;
import io.mailrouter.redis.RedisFleet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Some nodes of a fleet in a JVM of their own, each with three providers and a connection to Redis of its own; only the
 * client's threads are shared. Each sends two emails a second, so that each exchange has something to tell. Says when all
 * are connected, and ends with its standard input.
 */
final class NodeGroup {

    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final long CONNECTING_NANOS = TimeUnit.MINUTES.toNanos(2);
    private static final int BACKLOG = 1_024;
    private static final int MILLIS_BETWEEN_SENDS = 500;
    private static final int MILLIS_BETWEEN_LOOKS = 20;

    private NodeGroup() {}

    public static void main(String[] args) throws Exception {
        RedisURI uri = RedisURI.create(args[0]);
        int nodes = Integer.parseInt(args[1]);
        RedisClient client = RedisClient.create();
        client.setOptions(ClientOptions.builder()
                .autoReconnect(false)
                .requestQueueSize(BACKLOG)
                .build());
        List<EmailService> services = new ArrayList<>();
        List<RedisFleet> fleets = new ArrayList<>();
        for (int i = 0; i < nodes; i++) {
            RedisFleet fleet =
                    RedisFleet.builder().client(client, uri).timeout(PATIENCE).build();
            fleets.add(fleet);
            services.add(service(fleet));
        }
        long end = System.nanoTime() + CONNECTING_NANOS;
        while (!fleets.stream().allMatch(fleet -> fleet.snapshot().connected())) {
            if (System.nanoTime() - end > 0) {
                throw new IllegalStateException("not all nodes have reached Redis");
            }
            Thread.sleep(MILLIS_BETWEEN_LOOKS);
        }
        ScheduledExecutorService sender = Executors.newSingleThreadScheduledExecutor();
        Email email = Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .text("hello")
                .build();
        Future<?> unused = sender.scheduleAtFixedRate(
                () -> services.forEach(emails -> emails.trySend(email)),
                0,
                MILLIS_BETWEEN_SENDS,
                TimeUnit.MILLISECONDS);
        System.out.println("connected");
        while (System.in.read() >= 0) {
            // Whoever started this JVM has nothing to say but that it is over.
        }
        sender.shutdownNow();
    }

    private static EmailService service(RedisFleet fleet) {
        return EmailService.builder()
                .provider(new InstantProvider("ses"))
                .provider(new InstantProvider("sendgrid"))
                .provider(new InstantProvider("smtp"))
                .fleet(fleet)
                .build();
    }
}
