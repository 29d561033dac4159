package io.mailrouter.smtp;

import static io.mailrouter.smtp.SmtpServers.LONG;
import static io.mailrouter.smtp.SmtpServers.draft;
import static io.mailrouter.smtp.SmtpServers.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Accepted;
import io.mailrouter.testkit.LoopbackSmtp;
import java.io.File;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class SmtpLifeCycleTest {

    private static long threadsOfOurs() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("mailrouter-leak")
                        || thread.getName().toLowerCase(java.util.Locale.ROOT).contains("jakarta-mail"))
                .count();
    }

    @Test
    @DisplayName("T5 create, send and close a hundred times: no thread and no connection is left")
    void leavesNothingBehind() {
        try (LoopbackSmtp server = LoopbackSmtp.startTls()) {
            int before = descriptors();
            for (int i = 0; i < 100; i++) {
                try (SmtpProvider provider = SmtpProvider.builder()
                        .name("leak-" + i)
                        .url(server.url())
                        .sslContext(server.trust())
                        .build()) {
                    assertThat(send(provider, draft().build())).isInstanceOf(Accepted.class);
                }
            }

            await().atMost(LONG).until(() -> threadsOfOurs() == 0 && server.openConnections() == 0);
            await().atMost(LONG).until(() -> descriptors() <= before + 20);
        }
    }

    /** Open files and sockets of this process, 0 where the system does not tell. */
    private static int descriptors() {
        String[] open = new File("/proc/self/fd").list();
        return open == null ? 0 : open.length;
    }

    @Test
    @DisplayName("T7 100 threads share it: each message arrives once")
    void isSafeToShare() throws Exception {
        int threads = 100;
        int each = 5;
        Map<String, Outcome> outcomes = new ConcurrentHashMap<>();
        CountDownLatch done = new CountDownLatch(threads);
        try (LoopbackSmtp server = LoopbackSmtp.start();
                SmtpProvider provider = SmtpServers.to(server)
                        .connectTimeout(LONG)
                        .maxMessagesPerConnection(7)
                        .build()) {
            for (int t = 0; t < threads; t++) {
                String thread = "t" + t;
                new Thread(() -> {
                            for (int i = 0; i < each; i++) {
                                String id = thread + "-" + i;
                                outcomes.put(
                                        id, send(provider, draft().subject(id).build()));
                            }
                            done.countDown();
                        })
                        .start();
            }
            assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();

            assertThat(outcomes).hasSize(threads * each);
            assertThat(outcomes.values()).allMatch(Accepted.class::isInstance);
            assertThat(server.accepted()).hasSize(threads * each);
            assertThat(server.accepted().stream()
                            .map(mail -> new String(mail.content(), java.nio.charset.StandardCharsets.US_ASCII)
                                    .lines()
                                    .filter(line -> line.startsWith("Subject:"))
                                    .findFirst()
                                    .orElseThrow())
                            .distinct())
                    .hasSize(threads * each);
            assertThat(server.openConnections()).isLessThanOrEqualTo(8);
        }
    }

    @Test
    void worksWhereTheThreadHasNoClassLoader() {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(null);
        try (LoopbackSmtp server = LoopbackSmtp.startTls();
                SmtpProvider provider = SmtpProvider.builder()
                        .url(server.url())
                        .sslContext(server.trust())
                        .build()) {
            assertThat(send(provider, draft().html("<p>x</p>").build())).isInstanceOf(Accepted.class);
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    @Test
    void isUnderstoodByAnotherServer() throws Exception {
        GreenMail greenMail = new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));
        greenMail.start();
        try (SmtpProvider provider = SmtpProvider.builder()
                .host("127.0.0.1")
                .port(greenMail.getSmtp().getPort())
                .plaintext()
                .build()) {
            Outcome outcome =
                    send(provider, draft().subject("\u00dcber").html("<p>x</p>").build());

            assertThat(outcome).isInstanceOf(Accepted.class);
            assertThat(greenMail.getReceivedMessages()).hasSize(1);
            assertThat(greenMail.getReceivedMessages()[0].getSubject()).isEqualTo("\u00dcber");
            assertThat(greenMail.getReceivedMessages()[0].getContentType()).startsWith("multipart/alternative");
        } finally {
            greenMail.stop();
        }
    }
}
