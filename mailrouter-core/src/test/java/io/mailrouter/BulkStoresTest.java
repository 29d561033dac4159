package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.email.Email;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.idempotency.InMemoryIdempotencyStore;
import io.mailrouter.provider.BulkEmailProvider;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.Outcome;
import io.mailrouter.route.Candidate;
import io.mailrouter.route.Routing;
import io.mailrouter.suppression.CanonicalAddress;
import io.mailrouter.suppression.InMemorySuppressionList;
import io.mailrouter.suppression.Suppression;
import io.mailrouter.suppression.SuppressionList;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BulkStoresTest {

    private final ScriptedBulkProvider provider = new ScriptedBulkProvider("many");
    private final SuppressionList suppressed = InMemorySuppressionList.create();
    private final List<EmailEvent> events = new CopyOnWriteArrayList<>();
    private final EmailService emails = EmailService.builder()
            .provider(provider)
            .idempotency(InMemoryIdempotencyStore.create())
            .suppression(suppressed)
            .listener(events::add)
            .build();

    BulkStoresTest() {
        provider.most = 10;
    }

    @AfterEach
    void close() {
        emails.close();
    }

    private static Email email(int i) {
        return Email.builder()
                .from("shop@example.com")
                .to("u" + i + "@example.org")
                .text("hello")
                .idempotencyKey("key-" + i)
                .build();
    }

    private static List<Email> emails(int count) {
        return IntStream.range(0, count).mapToObj(BulkStoresTest::email).toList();
    }

    private List<SendResult> sendAll(List<Email> list) {
        return emails.sendAll(list, Bulk.ALLOWED);
    }

    @Test
    void whatWasSentUnderItsKeyDoesNotTravelAgain() {
        emails.send(email(1));
        List<SendResult> first = sendAll(emails(3));
        List<SendResult> second = sendAll(emails(3));

        assertThat(first).allMatch(SendResult.Accepted.class::isInstance);
        assertThat(first).extracting(r -> r.trail().isRepeated()).containsExactly(false, true, false);
        assertThat(second)
                .allMatch(SendResult.Accepted.class::isInstance)
                .allMatch(r -> r.trail().isRepeated());
        assertThat(provider.requests).hasSize(1);
        assertThat(provider.requests.get(0))
                .extracting(BulkEmailProvider.Entry::email)
                .extracting(Email::idempotencyKey)
                .containsExactly("key-0", "key-2");
    }

    @Test
    void whatWasAnsweredWithoutSendingTakesNobodysTurn() {
        AtomicInteger turns = new AtomicInteger();
        Routing counting = new Routing() {
            @Override
            public List<Candidate> rank(Email email, List<Candidate> eligible) {
                turns.incrementAndGet();
                return eligible;
            }

            @Override
            public List<Candidate> preview(Email email, List<Candidate> eligible) {
                return eligible;
            }
        };
        try (EmailService counted = EmailService.builder()
                .provider(new ScriptedBulkProvider("counted"))
                .idempotency(InMemoryIdempotencyStore.create())
                .routing(counting)
                .build()) {
            counted.sendAll(emails(3), Bulk.ALLOWED);
            List<SendResult> again = counted.sendAll(emails(3), Bulk.ALLOWED);

            assertThat(again).allMatch(result -> result.trail().isRepeated());
            assertThat(turns).hasValue(3);
        }
    }

    @Test
    @DisplayName("X9 one key twice in a list is sent once, and both get the result")
    void oneKeyTwiceIsSentOnce() {
        List<SendResult> results = sendAll(List.of(email(0), email(1), email(0)));

        assertThat(results).allMatch(SendResult.Accepted.class::isInstance);
        assertThat(((SendResult.Accepted) results.get(2)).messageId())
                .isEqualTo(((SendResult.Accepted) results.get(0)).messageId());
        assertThat(provider.requests).hasSize(1);
        assertThat(provider.single.attempts).isEmpty();
    }

    @Test
    void eachKeyIsSettledByItsOwnEntry() {
        provider.each(email -> switch (email.idempotencyKey()) {
            case "key-0" -> new Outcome.Accepted("m");
            case "key-1" -> new Outcome.Unknown("timeout", "");
            case "key-2" -> new Outcome.Rejected("bad", "");
            default -> new Outcome.Unavailable("down", "");
        });
        sendAll(emails(4));
        provider.each(email -> new Outcome.Accepted("again"));

        List<SendResult> results = sendAll(emails(4));

        assertThat(results).extracting(SendResult::word).containsExactly("accepted", "unknown", "rejected", "accepted");
        assertThat(results).extracting(r -> r.trail().isRepeated()).containsExactly(true, true, true, false);
        assertThat(provider.requests).hasSize(1);
        assertThat(provider.single.attempts).hasSize(1);
    }

    @Test
    void aSuppressedRecipientDoesNotTravel() {
        suppressed.add(
                CanonicalAddress.of("u1@example.org"),
                Suppression.forGood(Suppression.Reason.COMPLAINT, Instant.EPOCH));

        List<SendResult> results = sendAll(emails(3));

        assertThat(results).extracting(SendResult::word).containsExactly("accepted", "suppressed", "accepted");
        assertThat(provider.requests.get(0)).hasSize(2);
        emails.close();
        assertThat(events.stream().filter(EmailEvent.SendEnded.class::isInstance))
                .hasSize(3);
    }

    @Test
    @DisplayName("P26 a request that is refused as a whole too late refuses no key for good")
    void aLateRefusalOfAllIsNoneOfAnEmail() throws Exception {
        ScriptedBulkProvider slow = new ScriptedBulkProvider("slow");
        slow.single.capabilities = Capabilities.builder().build();
        CountDownLatch answer = new CountDownLatch(1);
        slow.script = (entries, context) -> {
            awaitQuietly(answer);
            return Collections.nCopies(entries.size(), new Outcome.Rejected("bad_request", ""));
        };
        try (EmailService service = EmailService.builder()
                .provider(slow)
                .deadline(Duration.ofSeconds(1))
                .idempotency(InMemoryIdempotencyStore.create())
                .build()) {
            assertThat(service.sendAll(emails(2), Bulk.ALLOWED)).allMatch(SendResult.Unknown.class::isInstance);
            answer.countDown();

            await().atMost(Duration.ofSeconds(20))
                    .until(() -> service.trySend(email(0)) instanceof SendResult.Accepted);
            assertThat(service.trySend(email(1))).isInstanceOf(SendResult.Accepted.class);
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    @DisplayName(
            "T2 a store that takes its time for each key keeps no request of many waiting, and every email is sent")
    void aSlowStoreKeepsNoRequestWaiting() {
        VirtualTime time = new VirtualTime();
        ScriptedStore store = new ScriptedStore();
        store.everyBegin = (ticket, within) -> {
            // The clock is one for all: once they go by themselves, at the same time, it stands still.
            time.pass(store.budgets.size() > 8 ? Duration.ZERO : within);
            ScriptedStore.FAIL.run(ticket, within);
        };
        ScriptedBulkProvider many = new ScriptedBulkProvider("many");
        many.most = 1_000;
        try (EmailService service = EmailService.builder()
                .time(time.time())
                .provider(many)
                .deadline(Duration.ofSeconds(4))
                .idempotency(store, use -> use.storeTime(Duration.ofMillis(250)))
                .build()) {
            List<SendResult> results = service.sendAll(emails(100), Bulk.ALLOWED);

            assertThat(results).hasSize(100).allMatch(SendResult.Accepted.class::isInstance);
            assertThat(many.requests).hasSize(1);
            assertThat(many.requests.get(0)).hasSize(5);
            assertThat(many.single.attempts).hasSize(95);
        }
    }

    @Test
    @DisplayName("T2 a store that takes no record is waited for once, and not for each email of a request")
    void aStoreThatTakesNoRecordIsWaitedForOnce() {
        ScriptedStore store = new ScriptedStore();
        AtomicInteger settling = new AtomicInteger();
        Thread[] sender = new Thread[1];
        provider.script = (entries, context) -> {
            sender[0] = Thread.currentThread();
            return ScriptedBulkProvider.outcomes(entries, email -> new Outcome.Accepted("m"));
        };
        store.everySettle = (ticket, settlement) -> {
            if (Thread.currentThread() == sender[0]) {
                settling.incrementAndGet();
            }
            throw new IllegalStateException("away");
        };
        provider.most = 1_000;
        try (EmailService service = EmailService.builder()
                .provider(provider)
                .idempotency(store)
                .closeTimeout(Duration.ofMillis(1))
                .build()) {
            assertThat(service.sendAll(emails(100), Bulk.ALLOWED)).allMatch(SendResult.Accepted.class::isInstance);

            assertThat(settling).hasValue(1);
        }
    }
}
