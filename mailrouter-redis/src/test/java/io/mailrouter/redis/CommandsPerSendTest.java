package io.mailrouter.redis;

import static io.mailrouter.redis.Nodes.LONG;
import static io.mailrouter.redis.Nodes.awaitConnected;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.event.command.CommandListener;
import io.lettuce.core.event.command.CommandStartedEvent;
import io.mailrouter.EmailService;
import io.mailrouter.SendResult;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.provider.Secret;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What a send costs at Redis with health, quotas, keys and suppressed addresses shared. Counts every command that the
 * client writes; counts are the same on a slow machine. A shared rate is asked for by the clock, so there is none.
 */
@Timeout(180)
class CommandsPerSendTest {

    private static final int SENDS = 500;

    /** For what goes on beside the sends, by the clock: at 5 s between exchanges, enough for minutes. */
    private static final int BESIDE = SENDS / 5;

    private static RedisServer redis;

    private final AtomicInteger commands = new AtomicInteger();
    private final RedisClient client = RedisClient.create();
    private RedisFleet fleet;
    private EmailService emails;

    @BeforeAll
    static void start() {
        redis = RedisServer.started();
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    @BeforeEach
    void connect() {
        client.setOptions(ClientOptions.builder()
                .requestQueueSize(1_000)
                .autoReconnect(false)
                .build());
        client.addListener(new CommandListener() {
            @Override
            public void commandStarted(CommandStartedEvent event) {
                commands.incrementAndGet();
            }
        });
        fleet = RedisFleet.builder()
                .client(client, RedisURI.create(redis.uri()))
                .syncEvery(Duration.ofSeconds(5))
                .timeout(Duration.ofSeconds(5))
                .build();
        emails = EmailService.builder()
                .provider(new InstantProvider("ses"), p -> p.dailyQuota(1_000_000))
                .fleet(fleet)
                .idempotency(fleet.idempotencyStore(), use -> use.storeTime(Duration.ofSeconds(10)))
                .suppression(fleet.suppressionList(Secret.of("a-key-of-this-test-only")))
                .build();
        awaitConnected(fleet);
        await().atMost(LONG).until(() -> emails.trySend(email(0, email -> email)) instanceof SendResult.Accepted);
    }

    @AfterEach
    void close() {
        emails.close();
        fleet.close();
        client.shutdown();
    }

    private static Email email(int number, UnaryOperator<EmailBuilder> also) {
        return also.apply(Email.builder()
                        .from("shop@example.com")
                        .to("ada-" + number + "@example.org")
                        .text("hello"))
                .build();
    }

    private int commandsOf(UnaryOperator<EmailBuilder> also) {
        int before = commands.get();
        for (int i = 0; i < SENDS; i++) {
            emails.send(email(i, also));
        }
        return commands.get() - before;
    }

    @Test
    void aSendWithoutAKeyIsNoCommand() {
        int asked = commandsOf(email -> email);

        System.out.println(asked + " commands beside " + SENDS + " sends without a key");
        assertThat(asked).isLessThan(BESIDE);
    }

    @Test
    void aSendWithAKeyIsOneCommandBeforeAndOneAfterIt() {
        AtomicInteger number = new AtomicInteger();
        int before = commands.get();
        commandsOf(email -> email.idempotencyKey("order-" + number.incrementAndGet()));
        await().atMost(LONG).until(() -> commands.get() - before >= 2 * SENDS);

        int asked = commands.get() - before;
        System.out.println(asked + " commands of " + SENDS + " sends with a key");
        assertThat(asked).isBetween(2 * SENDS, 2 * SENDS + BESIDE);
    }
}
