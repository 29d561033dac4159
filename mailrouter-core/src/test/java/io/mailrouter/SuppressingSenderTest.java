package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mailrouter.email.Email;
import io.mailrouter.email.EmailAddress;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.email.StoreFailure;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.idempotency.InMemoryIdempotencyStore;
import io.mailrouter.provider.Outcome;
import io.mailrouter.route.Routing;
import io.mailrouter.suppression.CanonicalAddress;
import io.mailrouter.suppression.InMemorySuppressionList;
import io.mailrouter.suppression.Suppression;
import io.mailrouter.suppression.SuppressionList;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SuppressingSenderTest {

    private final ScriptedProvider provider = new ScriptedProvider("only");
    private final List<Email> sent = new CopyOnWriteArrayList<>();
    private final SuppressionList list = InMemorySuppressionList.create();
    private final List<String> ends = new CopyOnWriteArrayList<>();
    private final List<EmailService> services = new ArrayList<>();

    @AfterEach
    void close() {
        services.forEach(EmailService::close);
    }

    private EmailService service(EmailServiceBuilder builder) {
        provider.script = (email, context) -> {
            sent.add(email);
            return new Outcome.Accepted("m-1");
        };
        EmailService service = builder.provider(provider)
                .listener(event -> {
                    if (event instanceof EmailEvent.SendEnded end) {
                        ends.add(end.result());
                    }
                })
                .build();
        services.add(service);
        return service;
    }

    private EmailService service() {
        return service(EmailService.builder().routing(Routing.inOrder()).suppression(list));
    }

    private void suppress(String address, Suppression.Reason reason) {
        list.add(CanonicalAddress.of(address), Suppression.forGood(reason, Instant.EPOCH));
    }

    private static EmailBuilder email() {
        return Email.builder()
                .from("a@example.com")
                .to("Ada <Ada@example.org>")
                .cc("bob@example.org")
                .bcc("eve@example.org")
                .text("t");
    }

    @Test
    void leavesOutWhoIsSuppressedAndSendsToTheOthers() {
        suppress("ada@example.org", Suppression.Reason.HARD_BOUNCE);
        suppress("eve@example.org", Suppression.Reason.COMPLAINT);

        SendResult.Accepted result = service().send(email().build());

        assertThat(sent).hasSize(1);
        assertThat(sent.get(0).to()).isEmpty();
        assertThat(sent.get(0).bcc()).isEmpty();
        assertThat(sent.get(0).cc()).extracting(EmailAddress::address).containsExactly("bob@example.org");
        assertThat(result.trail().suppressed())
                .extracting(
                        one -> one.recipient().address(),
                        one -> one.suppression().reason())
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("Ada@example.org", Suppression.Reason.HARD_BOUNCE),
                        org.assertj.core.groups.Tuple.tuple("eve@example.org", Suppression.Reason.COMPLAINT));
        assertThat(result.trail().summary()).isEqualTo("only: accepted, 2 recipients suppressed");
        assertThat(result.toString()).doesNotContain("Ada").doesNotContain("eve@");
    }

    @Test
    void sendsNothingWhenEverybodyIsSuppressed() {
        suppress("ada@example.org", Suppression.Reason.HARD_BOUNCE);
        suppress("bob@example.org", Suppression.Reason.UNSUBSCRIBE);
        suppress("eve@example.org", Suppression.Reason.MANUAL);
        EmailService emails = service();

        SendResult result = emails.trySend(email().build());

        assertThat(result).isInstanceOf(SendResult.Suppressed.class);
        assertThat(result.trail().suppressed()).hasSize(3);
        assertThat(sent).isEmpty();
        await().untilAsserted(() -> assertThat(ends).containsExactly("suppressed"));
        assertThatThrownBy(() -> emails.send(email().build()))
                .isInstanceOf(EmailRejectedException.class)
                .hasMessage("every recipient of the email is suppressed: 3 recipients suppressed");
    }

    @Test
    void sendsToEverybodyWhoIsNotOnTheList() {
        Email email = email().build();

        SendResult result = service().trySend(email);

        assertThat(sent).containsExactly(email);
        assertThat(result.trail().suppressed()).isEmpty();
        assertThat(result.trail().notes()).isEmpty();
    }

    @Test
    @DisplayName("a repetition is recognised though a recipient was suppressed in between")
    void aKeyStandsForTheWholeEmail() {
        EmailService emails =
                service(EmailService.builder().suppression(list).idempotency(InMemoryIdempotencyStore.create()));
        emails.send(email().idempotencyKey("k").build());
        suppress("bob@example.org", Suppression.Reason.UNSUBSCRIBE);

        SendResult again = emails.trySend(email().idempotencyKey("k").build());

        assertThat(again).isInstanceOf(SendResult.Accepted.class);
        assertThat(again.trail().isRepeated()).isTrue();
        assertThat(sent).hasSize(1);
    }

    @Test
    void aKeyIsFreeAgainAfterEverybodyWasSuppressed() {
        suppress("ada@example.org", Suppression.Reason.MANUAL);
        EmailService emails =
                service(EmailService.builder().suppression(list).idempotency(InMemoryIdempotencyStore.create()));
        Email email = Email.builder()
                .from("a@example.com")
                .to("ada@example.org")
                .text("t")
                .idempotencyKey("k")
                .build();
        assertThat(emails.trySend(email)).isInstanceOf(SendResult.Suppressed.class);

        list.remove(CanonicalAddress.of("ada@example.org"));

        assertThat(emails.trySend(email)).isInstanceOf(SendResult.Accepted.class);
    }

    /** Throws or hangs instead of answering. */
    private static final class FaultyList implements SuppressionList {

        private final boolean hangs;
        final AtomicInteger closed = new AtomicInteger();

        FaultyList(boolean hangs) {
            this.hangs = hangs;
        }

        @Override
        public Map<CanonicalAddress, Suppression> lookUp(Set<CanonicalAddress> addresses, Duration within) {
            if (!hangs) {
                throw new IllegalStateException("canary");
            }
            try {
                new CountDownLatch(1).await(1, TimeUnit.HOURS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return Map.of();
        }

        @Override
        public void add(CanonicalAddress address, Suppression suppression) {}

        @Override
        public boolean remove(CanonicalAddress address) {
            return false;
        }

        @Override
        public void close() {
            closed.incrementAndGet();
        }
    }

    @Test
    void sendsWhenTheListFailsAndSaysSo() {
        FaultyList faulty = new FaultyList(false);
        EmailService emails = service(EmailService.builder().suppression(faulty));

        SendResult result = emails.trySend(email().build());

        assertThat(result).isInstanceOf(SendResult.Accepted.class);
        assertThat(result.trail().notes()).containsExactly(Note.UNCHECKED);
        emails.close();
        assertThat(faulty.closed).hasValue(1);
    }

    @Test
    void holdsTheEmailWhereTheServiceSaysSo() {
        SendResult.NotSent result = (SendResult.NotSent) service(EmailService.builder()
                        .suppression(new FaultyList(false), use -> use.onListFailure(StoreFailure.HOLD)))
                .trySend(email().build());

        assertThat(result.code()).isEqualTo("suppression_list_unavailable");
        assertThat(result.reason()).isEqualTo("the suppression list threw IllegalStateException");
        assertThat(sent).isEmpty();
    }

    @Test
    void aListThatHangsCostsOneBudget() {
        EmailService emails = service(
                EmailService.builder().suppression(new FaultyList(true), use -> use.lookUpTime(Duration.ofMillis(50))));
        long start = System.nanoTime();

        SendResult result = emails.trySend(email().build());

        assertThat(result.trail().notes()).containsExactly(Note.UNCHECKED);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
    }
}
