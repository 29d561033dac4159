package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.email.Ambiguity;
import io.mailrouter.email.Email;
import io.mailrouter.idempotency.Claim;
import io.mailrouter.idempotency.Fingerprint;
import io.mailrouter.idempotency.IdempotencyStore;
import io.mailrouter.idempotency.InMemoryIdempotencyStore;
import io.mailrouter.idempotency.KeyState;
import io.mailrouter.idempotency.Settlement;
import io.mailrouter.idempotency.Ticket;
import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a node knows of its own sends when the store has forgotten them. */
@Timeout(180)
class KeyMemoryTest {

    private static final Duration LONG = Duration.ofSeconds(60);

    private final ScriptedProvider provider = new ScriptedProvider("first");
    private final ScriptedProvider other = new ScriptedProvider("second");
    private final WipedStore store = new WipedStore();
    private final EmailService emails = EmailService.builder()
            .provider(provider)
            .provider(other)
            .idempotency(store, use -> use.lease(Duration.ofSeconds(1)))
            .build();

    @AfterEach
    void close() {
        emails.close();
    }

    /** Forgets everything on command. */
    private static final class WipedStore implements IdempotencyStore {

        volatile InMemoryIdempotencyStore inner = InMemoryIdempotencyStore.create();
        volatile boolean away;

        void wipe() {
            inner = InMemoryIdempotencyStore.create();
        }

        private void check() {
            if (away) {
                throw new IllegalStateException("away");
            }
        }

        @Override
        public Claim begin(Ticket ticket, Duration within) {
            check();
            return inner.begin(ticket, within);
        }

        @Override
        public Claim retake(Ticket ticket, String owner, Duration within) {
            check();
            return inner.retake(ticket, owner, within);
        }

        @Override
        public boolean renew(Ticket ticket, Duration within) {
            check();
            return inner.renew(ticket, within);
        }

        @Override
        public boolean settle(Ticket ticket, Settlement settlement, Duration within) {
            check();
            return inner.settle(ticket, settlement, within);
        }

        @Override
        public boolean honoursBudget() {
            return true;
        }

        @Override
        public void close() {}
    }

    private void answer(Outcome... outcomes) {
        Queue<Outcome> queue = new ArrayDeque<>(List.of(outcomes));
        provider.script = (email, context) -> queue.size() > 1 ? queue.remove() : queue.element();
        other.script = provider.script;
    }

    private int attempts() {
        return provider.attempts.size() + other.attempts.size();
    }

    private static Email email() {
        return Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .text("hello")
                .idempotencyKey("k")
                .build();
    }

    private static Email resendable() {
        return email().toBuilder().onAmbiguity(Ambiguity.RESEND_OTHER).build();
    }

    private Claim known() {
        return store.inner.begin(
                new Ticket(Digest.ofKey("k"), Fingerprint.of(email()), "asker", Duration.ofSeconds(1)), Duration.ZERO);
    }

    @Test
    @DisplayName("R6 a wiped store: what this node has sent it does not send again, and the store is told again")
    void whatWasSentHereIsNotSentAgain() {
        answer(new Outcome.Accepted("m-1"));
        emails.trySend(email());
        store.wipe();

        SendResult again = emails.trySend(email());

        assertThat(again)
                .isInstanceOfSatisfying(
                        SendResult.Accepted.class,
                        accepted -> assertThat(accepted.messageId()).isEqualTo("m-1"));
        assertThat(again.trail().isRepeated()).isTrue();
        assertThat(attempts()).isEqualTo(1);
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(known())
                        .isInstanceOfSatisfying(
                                Claim.Settled.class,
                                settled ->
                                        assertThat(settled.settlement().state()).isEqualTo(KeyState.SENT)));
    }

    @Test
    @DisplayName("R6 a wiped store: an outcome that was unknown here stays so, unless the email may be sent again")
    void whatIsUnclearHereStaysUnclear() {
        answer(new Outcome.Unknown("timeout", ""), new Outcome.Accepted("m-2"));
        emails.trySend(email());
        store.wipe();

        assertThat(emails.trySend(email())).isInstanceOf(SendResult.Unknown.class);
        assertThat(attempts()).isEqualTo(1);
        store.wipe();
        assertThat(emails.trySend(resendable())).isInstanceOf(SendResult.Accepted.class);
        assertThat(attempts()).isEqualTo(2);
    }

    @Test
    void whatWasNotSentHereIsSentNow() {
        answer(
                new Outcome.Unavailable("refused", ""),
                new Outcome.Unavailable("refused", ""),
                new Outcome.Accepted("m"));
        assertThat(emails.trySend(email())).isInstanceOf(SendResult.NotSent.class);
        store.wipe();

        assertThat(emails.trySend(email())).isInstanceOf(SendResult.Accepted.class);
    }

    @Test
    void anUnclearKeyThatWasTakenOverAndSentIsRememberedAsSent() {
        answer(new Outcome.Unknown("timeout", ""), new Outcome.Accepted("m-2"));
        emails.trySend(email());
        assertThat(emails.trySend(resendable())).isInstanceOf(SendResult.Accepted.class);
        store.away = true;

        SendResult third = emails.trySend(resendable());

        assertThat(third).isInstanceOf(SendResult.Accepted.class);
        assertThat(third.trail().isRepeated()).isTrue();
        assertThat(attempts()).isEqualTo(2);
    }
}
