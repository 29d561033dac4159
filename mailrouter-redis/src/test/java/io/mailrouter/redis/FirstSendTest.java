package io.mailrouter.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.EmailService;
import io.mailrouter.Note;
import io.mailrouter.SendResult;
import io.mailrouter.email.Email;
import io.mailrouter.provider.Secret;
import io.mailrouter.suppression.CanonicalAddress;
import io.mailrouter.suppression.Suppression;
import io.mailrouter.suppression.Suppression.Reason;
import io.mailrouter.suppression.SuppressionList;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A node that has just begun, and is given an email before it has a connection. */
@Timeout(120)
class FirstSendTest {

    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Secret KEY = Secret.of("0123456789abcdef");
    private static final Email EMAIL = email("ada@example.org", "order-1");

    private static Email email(String to, String key) {
        return Email.builder()
                .from("shop@example.com")
                .to(to)
                .text("hello")
                .idempotencyKey(key)
                .build();
    }

    /** The exchanges are so far apart that nobody connects in time by chance. */
    private static RedisFleet fleet(String uri) {
        return RedisFleet.builder().uri(uri).syncEvery(Duration.ofSeconds(5)).build();
    }

    private static EmailService service(RedisFleet fleet) {
        return EmailService.builder()
                .provider(new CountingProvider())
                .fleet(fleet)
                .idempotency(fleet.idempotencyStore(), use -> use.storeTime(LONG))
                .suppression(fleet.suppressionList(KEY), use -> use.lookUpTime(LONG))
                .build();
    }

    @Test
    @DisplayName("Q2 a node that has just begun knows what others have sent, and who gets no email")
    void asksBeforeItSends() {
        try (RedisServer redis = RedisServer.started()) {
            try (EmailService before = service(fleet(redis.uri()))) {
                await().atMost(LONG)
                        .until(() -> !before.trySend(EMAIL).trail().notes().contains(Note.UNPROTECTED));
            }
            try (RedisFleet fleet = fleet(redis.uri());
                    SuppressionList list = fleet.suppressionList(KEY)) {
                list.begun().toCompletableFuture().join();
                list.add(CanonicalAddress.of("eve@example.org"), Suppression.forGood(Reason.COMPLAINT, Instant.now()));
            }
            long start = System.nanoTime();
            try (EmailService next = service(fleet(redis.uri()))) {
                SendResult again = next.trySend(EMAIL);
                SendResult suppressed = next.trySend(email("eve@example.org", "order-2"));

                boolean inTime =
                        System.nanoTime() - start < Duration.ofSeconds(2).toNanos();
                System.out.println("two first sends of a node in time: " + inTime);
                if (inTime) {
                    assertThat(again.trail().isRepeated()).isTrue();
                    assertThat(suppressed).isInstanceOf(SendResult.Suppressed.class);
                }
            }
        }
    }

    @Test
    @DisplayName("R1 where nobody listens the first email does not wait")
    void doesNotWaitForNobody() {
        try (EmailService alone = service(fleet("redis://127.0.0.1:" + RedisServer.freePort()))) {
            SendResult result = alone.trySend(EMAIL);

            assertThat(result).isInstanceOf(SendResult.Accepted.class);
            assertThat(result.trail().notes()).contains(Note.UNPROTECTED);
        }
    }
}
