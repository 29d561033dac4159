package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.email.Email;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.idempotency.Claim;
import io.mailrouter.idempotency.Fingerprint;
import io.mailrouter.idempotency.KeyState;
import io.mailrouter.idempotency.Settlement;
import io.mailrouter.idempotency.Ticket;
import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of a claim whose answer was lost, and of a key that cannot be written down. */
@Timeout(60)
class StoreInDoubtTest {

    private static final Duration LONG = Duration.ofSeconds(20);

    private final ScriptedProvider provider = new ScriptedProvider("only");
    private final ScriptedStore store = new ScriptedStore();
    private final List<String> claims = new CopyOnWriteArrayList<>();
    private final List<EmailService> services = new ArrayList<>();

    @AfterEach
    void close() {
        services.forEach(EmailService::close);
    }

    private EmailService service() {
        EmailService service = EmailService.builder()
                .provider(provider)
                .idempotency(store, use -> use.storeTime(Duration.ofMillis(200)).lease(Duration.ofSeconds(2)))
                .listener(event -> {
                    if (event instanceof EmailEvent.KeyClaimed claim) {
                        claims.add(claim.result());
                    }
                })
                .build();
        services.add(service);
        return service;
    }

    private static Email email(String key) {
        return Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .text("hello")
                .idempotencyKey(key)
                .build();
    }

    private static Ticket ticket(String owner, String key) {
        return new Ticket(Digest.ofKey(key), Fingerprint.of(email(key)), owner, Duration.ofMinutes(5));
    }

    private Claim known(String key) {
        return store.inner.begin(ticket("asker", key), Duration.ZERO);
    }

    private void assertSent(String key) {
        assertThat(known(key))
                .isInstanceOfSatisfying(
                        Claim.Settled.class,
                        settled -> assertThat(settled.settlement().state()).isEqualTo(KeyState.SENT));
    }

    @Test
    @DisplayName("X9 the store fails once while a key is waited for: once granted, nobody else is granted beside it")
    void aFailureWhileWaitingFreesNoKeyThatIsGrantedLater() {
        Ticket other = ticket("other-node", "k");
        store.inner.begin(other, Duration.ZERO);
        store.nextBegins.add(ScriptedStore.NOTHING);
        store.nextBegins.add(ScriptedStore.FAIL);
        store.nextBegins.add((ticket, within) ->
                store.inner.settle(other, Settlement.of(KeyState.NOT_SENT, "", "", "throttled"), Duration.ZERO));
        AtomicReference<Claim> meanwhile = new AtomicReference<>();
        provider.script = (email, context) -> {
            // Two renewals: whatever was to be written down has been in between.
            await().atMost(LONG).until(() -> store.renewals.get() >= 2);
            meanwhile.set(known("k"));
            return new Outcome.Accepted("m");
        };

        assertThat(service().trySend(email("k"))).isInstanceOf(SendResult.Accepted.class);

        assertThat(meanwhile.get()).isInstanceOf(Claim.Busy.class);
        assertSent("k");
    }

    @Test
    @DisplayName("R15 a claim that reaches the store after its time-out does not hide that the email was sent")
    void aLateClaimDoesNotHideWhatWasSent() {
        store.everyBegin = ScriptedStore.FAIL;
        store.everySettle = (ticket, settlement) -> ScriptedStore.FAIL.run(ticket, Duration.ZERO);
        EmailService emails = service();
        assertThat(emails.trySend(email("k")).trail().notes()).contains(Note.UNPROTECTED);
        store.everyBegin = (ticket, within) -> {
            store.inner.begin(ticket, within);
            ScriptedStore.FAIL.run(ticket, within);
        };
        assertThat(emails.trySend(email("k")).trail().isRepeated()).isTrue();

        store.everySettle = (ticket, settlement) -> {};

        await().atMost(LONG).untilAsserted(() -> assertSent("k"));
        assertThat(provider.attempts).hasSize(1);
    }

    @Test
    void tellsOnceWhatCameOfAKeyAlsoWithoutTheStore() {
        EmailService emails = service();
        emails.trySend(email("k"));
        store.everyBegin = ScriptedStore.FAIL;
        emails.trySend(email("k"));
        emails.close();

        assertThat(claims).containsExactly("granted", "unavailable");
    }

    @Test
    void oneKeyThatCannotBeWrittenDownDoesNotHoldUpTheOthers() {
        Set<String> bad = Set.of(Digest.ofKey("bad-0"), Digest.ofKey("bad-1"), Digest.ofKey("bad-2"));
        store.everySettle = (ticket, settlement) -> ScriptedStore.FAIL.run(ticket, Duration.ZERO);
        EmailService emails = service();
        for (int i = 0; i < 20; i++) {
            emails.trySend(email("k-" + i));
        }
        for (int i = 0; i < 3; i++) {
            emails.trySend(email("bad-" + i));
        }
        store.everySettle = (ticket, settlement) -> {
            if (bad.contains(ticket.key())) {
                ScriptedStore.FAIL.run(ticket, Duration.ZERO);
            }
        };

        await().atMost(LONG).untilAsserted(() -> {
            for (int i = 0; i < 20; i++) {
                assertSent("k-" + i);
            }
        });
    }
}
