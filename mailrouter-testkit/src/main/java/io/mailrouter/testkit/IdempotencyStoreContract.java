package io.mailrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.idempotency.Claim;
import io.mailrouter.idempotency.IdempotencyStore;
import io.mailrouter.idempotency.KeyState;
import io.mailrouter.idempotency.Settlement;
import io.mailrouter.idempotency.Ticket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What every idempotency store must do. A store's own test extends it, and only says how to make an empty store and how
 * time passes for it.
 */
@Timeout(60)
public abstract class IdempotencyStoreContract {

    private static final Duration WITHIN = Duration.ofSeconds(5);
    private static final Settlement SENT = Settlement.of(KeyState.SENT, "ses", "m-1", "accepted");
    private static final Settlement NOT_SENT = Settlement.of(KeyState.NOT_SENT, "", "", "not_sent");
    private static final Settlement AMBIGUOUS = Settlement.of(KeyState.AMBIGUOUS, "ses", "", "no_answer");
    private static final Settlement REFUSED = Settlement.of(KeyState.REFUSED, "ses", "", "bad_address");

    private final AtomicInteger owners = new AtomicInteger();
    private IdempotencyStore store;

    /** Begins without a store; each test gets its own. */
    protected IdempotencyStoreContract() {}

    /** Returns an empty store. The contract closes it. */
    protected abstract IdempotencyStore store();

    /** Lets so much time pass for the store, by its clock or, where it has none of its own, in fact. */
    protected abstract void pass(Duration time);

    /** Returns the lease to test with: short where time passes in fact, but longer than a few calls. 10 s by default. */
    protected Duration lease() {
        return Duration.ofSeconds(10);
    }

    @BeforeEach
    void open() {
        store = store();
    }

    @AfterEach
    void close() {
        store.close();
    }

    private Ticket ticket() {
        return ticket("email-1");
    }

    private Ticket ticket(String fingerprint) {
        return ticket("key1", fingerprint);
    }

    private Ticket ticket(String key, String fingerprint) {
        return new Ticket(key, fingerprint, "owner-" + owners.incrementAndGet(), lease());
    }

    private Claim begin(Ticket ticket) {
        return store.begin(ticket, WITHIN);
    }

    private Ticket granted() {
        Ticket ticket = ticket();
        assertThat(begin(ticket)).isEqualTo(new Claim.Granted());
        return ticket;
    }

    private Ticket settled(Settlement settlement) {
        Ticket ticket = granted();
        assertThat(store.settle(ticket, settlement, WITHIN)).isTrue();
        return ticket;
    }

    private Claim.Settled known() {
        Claim claim = begin(ticket());
        assertThat(claim).isInstanceOf(Claim.Settled.class);
        return (Claim.Settled) claim;
    }

    private void passTheLease() {
        pass(lease().plusMillis(lease().toMillis() / 2));
    }

    @Test
    @DisplayName("a new key is granted, to one asker only")
    void aNewKeyIsGranted() {
        granted();

        Claim second = begin(ticket());
        assertThat(second).isInstanceOf(Claim.Busy.class);
        assertThat(((Claim.Busy) second).left()).isPositive().isLessThanOrEqualTo(lease());
        assertThat(begin(ticket("key2", "email-1"))).isEqualTo(new Claim.Granted());
    }

    @Test
    @DisplayName("a claim that is made again with the same ticket is granted again, and begins no second one")
    void aRepeatedClaimIsTheSame() {
        Ticket ticket = granted();

        assertThat(begin(ticket)).isEqualTo(new Claim.Granted());
        assertThat(store.settle(ticket, SENT, WITHIN)).isTrue();
        assertThat(known().settlement()).isEqualTo(SENT);
    }

    @Test
    @DisplayName("another email under a key that is in flight, sent or ambiguous is a conflict, and changes nothing")
    void anotherEmailIsAConflict() {
        Ticket ticket = granted();
        assertThat(begin(ticket("email-2"))).isEqualTo(new Claim.Conflict());

        store.settle(ticket, AMBIGUOUS, WITHIN);
        assertThat(begin(ticket("email-2"))).isEqualTo(new Claim.Conflict());
        assertThat(store.retake(ticket("email-2"), ticket.owner(), WITHIN)).isEqualTo(new Claim.Conflict());

        store.settle(ticket, SENT, WITHIN);
        assertThat(begin(ticket("email-2"))).isEqualTo(new Claim.Conflict());
        assertThat(known().settlement()).isEqualTo(SENT);
    }

    @Test
    @DisplayName("a sent key is returned with all that was written down, and with its owner and age")
    void aSentKeyIsReturned() {
        Settlement partly = new Settlement(
                KeyState.SENT,
                "ses",
                "m-1",
                "partial",
                List.of(
                        new Settlement.Other(1, KeyState.REFUSED, "smtp_550"),
                        new Settlement.Other(7, KeyState.NOT_SENT, "smtp_450"),
                        new Settlement.Other(9, KeyState.AMBIGUOUS, "no_answer")));
        Ticket owner = settled(partly);

        assertThat(known().settlement()).isEqualTo(partly);
        assertThat(known().owner()).isEqualTo(owner.owner());
        assertThat(known().age()).isBetween(Duration.ZERO, Duration.ofSeconds(30));
    }

    @Test
    @DisplayName("an ambiguous key is returned, and never granted to whoever only begins")
    void anAmbiguousKeyIsReturned() {
        settled(AMBIGUOUS);
        passTheLease();

        assertThat(known().settlement()).isEqualTo(AMBIGUOUS);
        assertThat(known().settlement()).isEqualTo(AMBIGUOUS);
    }

    @Test
    @DisplayName("a key that was not sent is granted to the next asker, for another email too")
    void aReleasedKeyIsGranted() {
        settled(NOT_SENT);
        Ticket next = ticket("email-2");

        assertThat(begin(next)).isEqualTo(new Claim.Granted());
        assertThat(begin(ticket("email-2"))).isInstanceOf(Claim.Busy.class);
    }

    @Test
    @DisplayName("a key says how often it was granted, and counts neither who was refused it nor who asks again")
    void grantsAreCounted() {
        Ticket first = settled(NOT_SENT);
        assertThat(begin(first)).isInstanceOf(Claim.Settled.class);
        Ticket second = ticket();
        assertThat(begin(second)).isEqualTo(new Claim.Granted(2));
        assertThat(begin(ticket())).isInstanceOf(Claim.Busy.class);
        assertThat(store.renew(second, WITHIN)).isTrue();
        assertThat(begin(second)).isEqualTo(new Claim.Granted(2));
        passTheLease();
        Ticket third = ticket();
        assertThat(store.retake(third, known().owner(), WITHIN)).isEqualTo(new Claim.Granted(3));
        assertThat(store.settle(third, NOT_SENT, WITHIN)).isTrue();

        assertThat(begin(ticket())).isEqualTo(new Claim.Granted(4));
    }

    @Test
    @DisplayName("a ticket that was settled as not sent is never granted again: its claim was late")
    void aLateClaimOfASettledTicketIsNotGranted() {
        Ticket ticket = settled(NOT_SENT);

        assertThat(begin(ticket)).isInstanceOf(Claim.Settled.class);
        assertThat(begin(ticket())).isEqualTo(new Claim.Granted(2));
    }

    @Test
    @DisplayName("a ticket that was settled before its claim came is never granted")
    void aClaimThatComesAfterItsSettlementIsNotGranted() {
        Ticket ticket = ticket();
        assertThat(store.settle(ticket, NOT_SENT, WITHIN)).isTrue();

        assertThat(begin(ticket)).isInstanceOf(Claim.Settled.class);
        assertThat(begin(ticket())).isEqualTo(new Claim.Granted(2));
    }

    @Test
    @DisplayName("a refused email is returned, and a mended one under the same key is granted")
    void aRefusedEmailIsReturned() {
        settled(REFUSED);

        assertThat(known().settlement()).isEqualTo(REFUSED);
        assertThat(begin(ticket("mended"))).isEqualTo(new Claim.Granted());
    }

    @Test
    @DisplayName("a key in flight past its lease is ambiguous, never new: its owner may have sent before it died")
    void aLeaseThatEndedIsAmbiguous() {
        granted();
        passTheLease();

        assertThat(known().settlement()).isEqualTo(Settlement.leaseEnded());
        assertThat(known().settlement()).isEqualTo(Settlement.leaseEnded());
    }

    @Test
    @DisplayName("X13 a renewed lease holds as long as it is renewed")
    void aRenewedLeaseHolds() {
        Ticket owner = granted();
        for (int i = 0; i < 4; i++) {
            pass(lease().dividedBy(2));
            assertThat(store.renew(owner, WITHIN)).isTrue();
        }

        assertThat(begin(ticket())).isInstanceOf(Claim.Busy.class);
        assertThat(store.settle(owner, SENT, WITHIN)).isTrue();
    }

    @Test
    @DisplayName("nobody but the owner renews, and the owner no more once its lease has ended or its key is settled")
    void onlyTheOwnerRenews() {
        Ticket owner = granted();
        assertThat(store.renew(ticket(), WITHIN)).isFalse();
        assertThat(store.renew(ticket("unknown", "email-1"), WITHIN)).isFalse();

        passTheLease();
        assertThat(store.renew(owner, WITHIN)).isFalse();
        assertThat(known().settlement()).isEqualTo(Settlement.leaseEnded());
        store.settle(owner, SENT, WITHIN);
        assertThat(store.renew(owner, WITHIN)).isFalse();
    }

    @Test
    @DisplayName("a late sent repairs an ambiguous key, also by the owner whose lease has ended")
    void aLateSentRepairs() {
        Ticket owner = granted();
        passTheLease();
        assertThat(known().settlement().state()).isEqualTo(KeyState.AMBIGUOUS);

        assertThat(store.settle(owner, SENT, WITHIN)).isTrue();
        assertThat(known().settlement()).isEqualTo(SENT);
    }

    @Test
    @DisplayName("a late answer that nothing was sent frees an ambiguous key")
    void aLateNotSentFrees() {
        Ticket owner = settled(AMBIGUOUS);

        assertThat(store.settle(owner, NOT_SENT, WITHIN)).isTrue();
        assertThat(begin(ticket())).isEqualTo(new Claim.Granted(2));
    }

    @Test
    @DisplayName("R15 what is known to be unsent does not become unclear by a word that comes late")
    void whatIsClearStaysClear() {
        Ticket owner = settled(AMBIGUOUS);
        store.settle(owner, NOT_SENT, WITHIN);

        assertThat(store.settle(owner, AMBIGUOUS, WITHIN)).isTrue();
        assertThat(begin(ticket())).isEqualTo(new Claim.Granted(2));
    }

    @Test
    @DisplayName("an end that nobody waits for is written all the same, fenced as any other")
    void anEndThatNobodyWaitsForIsWritten() {
        Ticket owner = granted();

        assertThat(store.settleAsync(ticket(), NOT_SENT, WITHIN).toCompletableFuture())
                .succeedsWithin(WITHIN)
                .isEqualTo(false);
        assertThat(store.settleAsync(owner, SENT, WITHIN).toCompletableFuture())
                .succeedsWithin(WITHIN)
                .isEqualTo(true);
        assertThat(known().settlement()).isEqualTo(SENT);
    }

    @Test
    @DisplayName("it says that it can be asked")
    void isReachable() {
        begin(ticket());

        assertThat(store.isReachable()).isTrue();
    }

    @Test
    @DisplayName("a settlement by anybody but the owner changes nothing")
    void onlyTheOwnerSettles() {
        Ticket owner = granted();
        assertThat(store.settle(ticket(), SENT, WITHIN)).isFalse();
        assertThat(begin(ticket())).isInstanceOf(Claim.Busy.class);

        store.settle(owner, AMBIGUOUS, WITHIN);
        assertThat(store.settle(ticket(), SENT, WITHIN)).isFalse();
        assertThat(known().settlement()).isEqualTo(AMBIGUOUS);
    }

    @Test
    @DisplayName("what is sent or refused stays so, whatever is settled later")
    void whatIsFinalStays() {
        Ticket owner = settled(SENT);

        assertThat(store.settle(owner, SENT, WITHIN)).isTrue();
        store.settle(owner, NOT_SENT, WITHIN);
        store.settle(owner, AMBIGUOUS, WITHIN);
        assertThat(known().settlement()).isEqualTo(SENT);
    }

    @Test
    @DisplayName("a settlement of a key that the store knows nothing of is written down all the same")
    void aSettlementAfterAWipeIsKept() {
        Ticket ticket = ticket();

        assertThat(store.settle(ticket, SENT, WITHIN)).isTrue();
        assertThat(known().settlement()).isEqualTo(SENT);
    }

    @Test
    @DisplayName("an ambiguous key is taken over by one of those who saw it")
    void oneRetakes() {
        Ticket first = settled(AMBIGUOUS);
        Claim.Settled seen = known();
        Ticket second = ticket();

        assertThat(store.retake(second, seen.owner(), WITHIN)).isEqualTo(new Claim.Granted(2));
        assertThat(store.retake(ticket(), seen.owner(), WITHIN)).isInstanceOf(Claim.Busy.class);
        assertThat(store.settle(first, SENT, WITHIN)).isFalse();
        store.settle(second, AMBIGUOUS, WITHIN);
        assertThat(store.retake(ticket(), seen.owner(), WITHIN))
                .as("it is another's record now")
                .isInstanceOf(Claim.Settled.class);
    }

    @Test
    @DisplayName("a key that was taken over is as old as its first grant")
    void ageCountsFromTheFirstGrant() {
        settled(AMBIGUOUS);
        pass(lease());
        Ticket second = ticket();
        assertThat(store.retake(second, known().owner(), WITHIN)).isEqualTo(new Claim.Granted(2));
        store.settle(second, AMBIGUOUS, WITHIN);

        assertThat(known().age()).isGreaterThanOrEqualTo(lease());
    }

    @Test
    @DisplayName("nothing but an ambiguous key is taken over")
    void onlyAmbiguousIsRetaken() {
        Ticket owner = granted();
        assertThat(store.retake(ticket(), owner.owner(), WITHIN)).isInstanceOf(Claim.Busy.class);

        store.settle(owner, SENT, WITHIN);
        assertThat(store.retake(ticket(), owner.owner(), WITHIN)).isInstanceOf(Claim.Settled.class);
        assertThat(known().settlement()).isEqualTo(SENT);
    }

    @Test
    @DisplayName("T7 threads that claim, renew, settle, take over and die by chance never own one key together")
    void neverTwoOwners() throws InterruptedException {
        new RandomKeyOwners(store, this::pass, lease()).run();
    }

    @Test
    @DisplayName("no address or key is in its text")
    void tellsNothingPersonal() {
        begin(ticket("canarykey", "canaryprint"));

        assertThat(store.toString()).doesNotContain("canary");
    }

    @Test
    @DisplayName("it may be closed twice")
    void closesTwice() {
        store.close();
        store.close();
    }
}
