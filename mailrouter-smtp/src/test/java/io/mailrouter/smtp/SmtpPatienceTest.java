package io.mailrouter.smtp;

import static io.mailrouter.smtp.SmtpServers.LONG;
import static io.mailrouter.smtp.SmtpServers.draft;
import static io.mailrouter.smtp.SmtpServers.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Accepted;
import io.mailrouter.provider.Outcome.Unavailable;
import io.mailrouter.provider.Secret;
import io.mailrouter.testkit.LoopbackSmtp;
import io.mailrouter.testkit.SmtpBehaviour;
import io.mailrouter.testkit.SmtpPhase;
import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How long a provider waits for what is no part of a message: names, tokens, farewells, connections that are gone. */
@Timeout(60)
class SmtpPatienceTest {

    private static final Duration SHORT = Duration.ofMillis(500);
    private static final Duration SOON = Duration.ofSeconds(8);

    private final CountDownLatch never = new CountDownLatch(1);

    private Duration since(long begin) {
        return Duration.ofNanos(System.nanoTime() - begin);
    }

    private Secret hang() {
        try {
            never.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new IllegalStateException("interrupted");
    }

    private static SmtpProvider.Builder secured(LoopbackSmtp server) {
        return SmtpProvider.builder().url(server.url()).sslContext(server.trust());
    }

    @Test
    @DisplayName("T1 nobody waits for the farewell of a peer that is gone: deadlines are kept meanwhile")
    void saysFarewellWithoutWaiting() throws Exception {
        try (LoopbackSmtp server = LoopbackSmtp.tls();
                Firewall wall = Firewall.before(server.port());
                SmtpProvider provider =
                        secured(server).port(wall.port()).maxIdle(SHORT).build()) {
            assertThat(send(provider, draft().build())).isInstanceOf(Accepted.class);
            wall.swallow();
            await().atMost(LONG).until(() -> wall.swallowed() > 0);
            long begin = System.nanoTime();

            assertThat(provider.send(draft().build(), Attempt.Context.within(SHORT)))
                    .isEqualTo(new Unavailable("timeout", "nothing was sent"));
            assertThat(since(begin)).isLessThan(SOON);
        }
    }

    @Test
    @DisplayName("S7 a kept connection that something on the way has forgotten is replaced while there is time")
    void replacesAConnectionThatAnswersNoMore() {
        try (LoopbackSmtp server = LoopbackSmtp.start();
                SmtpProvider provider = SmtpServers.to(server)
                        .connectTimeout(Duration.ofSeconds(3))
                        .trust(Duration.ZERO)
                        .build()) {
            send(provider, draft().build());
            server.next(SmtpBehaviour.hang(SmtpPhase.RSET));

            assertThat(send(provider, draft().build())).isInstanceOf(Accepted.class);
            assertThat(server.connections()).isEqualTo(2);
            assertThat(server.messages()).isEqualTo(2);
        }
    }

    @Test
    @DisplayName("T1 a supplier of tokens that hangs: cut at the deadline, not sent")
    void endsASupplierThatHangs() {
        try (LoopbackSmtp server = LoopbackSmtp.tls();
                SmtpProvider provider =
                        secured(server).token("user", this::hang).build()) {
            long begin = System.nanoTime();

            Outcome outcome = provider.send(draft().build(), Attempt.Context.within(SHORT));

            assertThat(outcome).isEqualTo(new Unavailable("timeout", "nothing was sent"));
            assertThat(since(begin)).isLessThan(SOON);
            assertThat(server.connections()).isZero();
        }
    }

    @Test
    void waitsForATokenNoLongerThanForAnAnswer() {
        try (LoopbackSmtp server = LoopbackSmtp.tls();
                SmtpProvider provider = secured(server)
                        .responseTimeout(SHORT)
                        .token("user", this::hang)
                        .build()) {
            assertThat(send(provider, draft().build())).isEqualTo(new Unavailable("no_token", "nothing was sent"));
        }
    }

    @Test
    @DisplayName("T3 an interrupt while a supplier of tokens hangs ends the attempt, flag kept")
    void endsOnAnInterruptWhileATokenIsAwaited() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        AtomicReference<String> ended = new AtomicReference<>("");
        try (LoopbackSmtp server = LoopbackSmtp.tls();
                SmtpProvider provider = secured(server)
                        .token("user", () -> {
                            asked.countDown();
                            return hang();
                        })
                        .build()) {
            Thread sender = new Thread(() -> {
                String code = send(provider, draft().build()).code();
                ended.set(code + " " + Thread.currentThread().isInterrupted());
            });
            sender.start();
            asked.await();
            sender.interrupt();

            await().atMost(SOON).until(() -> ended.get().equals("interrupted true"));
        }
    }

    @Test
    @DisplayName("P1 a look-up of the host's name that hangs: not sent, within the time to connect, no thread left")
    void endsALookUpThatHangs() {
        try (SmtpProvider provider = SmtpProvider.builder()
                .name("hanging")
                .host("smtp.example.com")
                .plaintext()
                .connectTimeout(SHORT)
                .lookUp(host -> {
                    hang();
                    return new InetAddress[0];
                })
                .build()) {
            long begin = System.nanoTime();

            assertThat(send(provider, draft().build()))
                    .isEqualTo(new Unavailable("look_up_timeout", "nothing was sent"));
            assertThat(since(begin)).isLessThan(SOON);
        }
        await().atMost(LONG)
                .until(() -> Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(thread -> thread.getName().startsWith("mailrouter-hanging")));
    }

    @Test
    void leavesAConnectionAloneThatTheNextAttemptUses() {
        Watch watch = new Watch(Thread.currentThread(), System.nanoTime(), ended -> {});
        AtomicReference<String> dropped = new AtomicReference<>("");
        watch.over(() -> dropped.set("dropped"));

        assertThat(watch.letGo()).isTrue();
        watch.end("timeout");

        assertThat(dropped).hasValue("");
        assertThat(watch.letGo()).as("one that was ended is not kept").isFalse();
    }
}
