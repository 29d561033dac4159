package io.mailrouter.benchmarks.fleet;

import io.mailrouter.EmailService;
import io.mailrouter.EmailServiceBuilder;
import io.mailrouter.benchmarks.contest.Orders;
import io.mailrouter.benchmarks.contest.Senders;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.redis.RedisFleet;
import java.time.Duration;
import java.util.Scanner;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A service in a JVM of its own that shares what it is told to. An order says how many senders there are and for how many
 * milliseconds they send.
 */
final class Node {

    private static final int MOST_SENDERS = 256;

    /** Far more than is ever sent, so that asking for a turn is all that it costs. */
    private static final double RATE = 1_000_000;

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String TEXT = "Your order is on its way and will be with you soon.\r\n".repeat(40);

    private final AtomicLong number = new AtomicLong();
    private final Sharing sharing;
    private final EmailService emails;

    private Node(Sharing sharing, EmailService emails) {
        this.sharing = sharing;
        this.emails = emails;
    }

    public static void main(String[] args) throws Exception {
        Sharing sharing = Sharing.valueOf(args[0]);
        Providers providers = Providers.valueOf(args[1]);
        try (EmailService emails = service(sharing, providers, args[2])) {
            Node node = new Node(sharing, emails);
            Orders.obey("ready", node::turn);
        }
    }

    private static EmailService service(Sharing sharing, Providers providers, String redisUri)
            throws InterruptedException {
        EmailServiceBuilder builder = EmailService.builder();
        providers
                .three()
                .forEach(provider -> builder.provider(provider, p -> {
                    p.maxInFlight(MOST_SENDERS);
                    if (sharing == Sharing.RATES) {
                        p.rate(RATE);
                    }
                }));
        if (sharing != Sharing.NOTHING) {
            // Nobody else meets in this place, so that no key was ever sent before.
            RedisFleet fleet = joined(redisUri, sharing + "-" + providers);
            builder.fleet(fleet);
            if (sharing == Sharing.KEYS) {
                builder.idempotency(fleet.idempotencyStore());
            }
        }
        return builder.build();
    }

    private static RedisFleet joined(String redisUri, String namespace) throws InterruptedException {
        RedisFleet fleet =
                RedisFleet.builder().uri(redisUri).namespace(namespace).build();
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!fleet.snapshot().connected()) {
            if (System.nanoTime() - end > 0) {
                throw new IllegalStateException("Redis was not reached within " + PATIENCE);
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
        return fleet;
    }

    private String turn(Scanner order) throws Exception {
        return Senders.turn(order.nextInt(), Duration.ofMillis(order.nextLong()), () -> emails.send(email()))
                .line();
    }

    private Email email() {
        EmailBuilder email = Email.builder()
                .from("Shop <no-reply@example.com>")
                .to("ada@example.org")
                .subject("Your order")
                .text(TEXT);
        if (sharing == Sharing.KEYS) {
            email.idempotencyKey("order-" + number.incrementAndGet());
        }
        return email.build();
    }
}
