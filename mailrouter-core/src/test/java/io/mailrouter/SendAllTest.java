package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mailrouter.email.Email;
import io.mailrouter.provider.Outcome;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class SendAllTest {

    private final ScriptedProvider provider = new ScriptedProvider("only");

    private static List<Email> emails(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> Email.builder()
                        .from("shop@example.com")
                        .to("u" + i + "@example.org")
                        .text("hello")
                        .build())
                .toList();
    }

    private static String name(Email email) {
        return email.to().get(0).localPart();
    }

    @Test
    void eachEmailHasItsResultInOrderWhateverBecameOfTheOthers() {
        provider.script = (email, context) -> switch (name(email)) {
            case "u1" -> new Outcome.Rejected("bad", "");
            case "u2" -> new Outcome.Unknown("timeout", "");
            case "u3" -> throw new IllegalStateException("defect");
            case "u4" -> new Outcome.Unavailable("down", "");
            default -> new Outcome.Accepted("m-" + name(email));
        };
        try (EmailService emails = EmailService.builder().provider(provider).build()) {
            List<SendResult> results = emails.sendAll(emails(300));

            assertThat(results).hasSize(300);
            assertThat(results.get(1)).isInstanceOf(SendResult.Rejected.class);
            assertThat(results.get(2)).isInstanceOf(SendResult.Unknown.class);
            assertThat(results.get(3)).isInstanceOf(SendResult.Unknown.class);
            assertThat(results.get(4)).isInstanceOf(SendResult.NotSent.class);
            for (int i = 5; i < 300; i++) {
                assertThat(((SendResult.Accepted) results.get(i)).messageId()).isEqualTo("m-u" + i);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Bulk.class)
    void noEmailsHaveNoResults(Bulk bulk) {
        try (EmailService emails = EmailService.builder().provider(provider).build()) {
            assertThat(emails.sendAll(List.of(), bulk)).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(Bulk.class)
    void aClosedServiceRefuses(Bulk bulk) {
        EmailService emails = EmailService.builder().provider(provider).build();
        emails.close();

        assertThatThrownBy(() -> emails.sendAll(emails(2), bulk)).isInstanceOf(EmailServiceClosedException.class);
        assertThatThrownBy(() -> emails.sendAll(List.of(), bulk)).isInstanceOf(EmailServiceClosedException.class);
        assertThat(provider.attempts).isEmpty();
    }

    @Test
    @DisplayName("T4 what a close overtakes is told as not sent, what has begun ends")
    void aCloseLosesNoResult() throws Exception {
        CountDownLatch begun = new CountDownLatch(2);
        CountDownLatch end = new CountDownLatch(1);
        provider.script = (email, context) -> {
            begun.countDown();
            return ended(end) ? new Outcome.Accepted("m") : new Outcome.Unknown("interrupted", "");
        };
        EmailService emails = EmailService.builder()
                .provider(provider, use -> use.maxInFlight(2))
                .build();
        CompletableFuture<List<SendResult>> sending = new CompletableFuture<>();
        Thread sender = daemon(() -> sending.complete(emails.sendAll(emails(10))));
        begun.await();
        Thread closer = daemon(emails::close);
        await().until(() -> isClosed(emails));
        end.countDown();

        List<SendResult> results = sending.get(30, TimeUnit.SECONDS);
        sender.join(30_000);
        closer.join(30_000);
        assertThat(results).hasSize(10);
        assertThat(results.subList(0, 2)).allMatch(SendResult.Accepted.class::isInstance);
        assertThat(results.subList(2, 10))
                .allSatisfy(result -> assertThat(result)
                        .isInstanceOfSatisfying(
                                SendResult.NotSent.class,
                                notSent -> assertThat(notSent.code()).isEqualTo("closed")));
        assertThat(provider.attempts).hasSize(2);
    }

    private static boolean isClosed(EmailService emails) {
        try {
            emails.sendAll(List.of());
            return false;
        } catch (EmailServiceClosedException closed) {
            return true;
        }
    }

    private static boolean ended(CountDownLatch latch) {
        try {
            latch.await();
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    @Test
    @DisplayName("T3 an interrupt ends the waiting: not begun is not sent, under way is unknown, the flag is kept")
    void anInterruptLosesNoResult() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        provider.script = (email, context) -> {
            begun.countDown();
            return ended(end) ? new Outcome.Accepted("m") : new Outcome.Unknown("interrupted", "");
        };
        AtomicReference<List<SendResult>> results = new AtomicReference<>(List.of());
        AtomicReference<Boolean> flag = new AtomicReference<>(false);
        try (EmailService emails = EmailService.builder()
                .provider(provider, use -> use.maxInFlight(1))
                .build()) {
            Thread sender = daemon(() -> {
                results.set(emails.sendAll(emails(3)));
                flag.set(Thread.currentThread().isInterrupted());
            });
            begun.await();
            sender.interrupt();
            sender.join(30_000);
            end.countDown();
        }

        assertThat(flag.get()).isTrue();
        assertThat(results.get()).hasSize(3);
        assertThat(results.get().get(0)).isInstanceOf(SendResult.Unknown.class);
        assertThat(results.get().subList(1, 3)).allMatch(SendResult.NotSent.class::isInstance);
        assertThat(provider.attempts).hasSize(1);
    }

    @Test
    @DisplayName("T3 emails that travelled together come to their ends after an interrupt, too")
    void whatIsLeftOfARequestEndsAfterAnInterrupt() throws Exception {
        ScriptedBulkProvider many = new ScriptedBulkProvider("many");
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        many.script = (entries, context) -> {
            begun.countDown();
            ended(end);
            return ScriptedBulkProvider.outcomes(entries, email -> new Outcome.Rejected("whole", ""));
        };
        try (EmailService emails = EmailService.builder().provider(many).build()) {
            Thread sender = daemon(() -> emails.sendAll(emails(3), Bulk.ALLOWED));
            begun.await();
            sender.interrupt();
            sender.join(30_000);
            end.countDown();

            await().until(() -> many.single.attempts.size() == 3);
        }
    }

    @Test
    @DisplayName("T16 more emails than may wait are sent all the same")
    void aFullQueueIsNoReasonNotToSend() throws Exception {
        ExecutorService two = Executors.newFixedThreadPool(2);
        CountDownLatch end = new CountDownLatch(1);
        AtomicInteger here = new AtomicInteger();
        Thread caller = Thread.currentThread();
        provider.script = (email, context) -> {
            if (Thread.currentThread() == caller) {
                here.incrementAndGet();
                end.countDown();
            } else {
                ended(end);
            }
            return new Outcome.Accepted("m");
        };
        try (EmailService emails = EmailService.builder()
                .provider(provider, use -> use.maxInFlight(4))
                .executor(two)
                .maxQueued(0)
                .build()) {
            // Four may be under way: two hold the threads, two wait for one.
            List<CompletableFuture<SendResult>> others =
                    emails(4).stream().map(emails::sendAsync).toList();
            await().until(() -> provider.attempts.size() == 2);

            assertThat(emails.sendAll(emails(20))).hasSize(20).allMatch(SendResult.Accepted.class::isInstance);
            assertThat(here).hasPositiveValue();
            for (CompletableFuture<SendResult> other : others) {
                assertThat(other.get(30, TimeUnit.SECONDS)).isInstanceOf(SendResult.Accepted.class);
            }
        } finally {
            end.countDown();
            two.shutdown();
        }
    }
}
