package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What section 7 adds to the table of dispositions. */
class FifoDispositionsTest {

    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
    private static final Policy POLICY = ConsumerSettingsTest.settings(b -> b).policy();
    private static final Duration MINUTE = Duration.ofSeconds(60);

    private static MessageContext context(int retries, double chance) {
        return new MessageContext(1, retries, NOW, NOW.plus(Duration.ofDays(4)), NOW, chance, false);
    }

    private static FifoPolicy fifo(FifoRejected onRejected) {
        return new FifoPolicy(FifoTransient.HOLD, MINUTE, onRejected);
    }

    private static Disposition inGroup(Disposition decided, FifoRejected onRejected) {
        return Dispositions.inGroup(decided, context(0, 0), POLICY, fifo(onRejected));
    }

    @ParameterizedTest
    @ValueSource(strings = {"malformed", "rejected", "attempts_used"})
    @DisplayName("Q12 what is at fault and was surely not sent blocks its group, where that is the policy")
    void aFaultBlocksItsGroup(String reason) {
        Disposition.DeadLetter letter = new Disposition.DeadLetter(reason, "code", "");

        assertThat(inGroup(letter, FifoRejected.BLOCK))
                .isEqualTo(new Disposition.Block(Duration.ofSeconds(1), reason, "code"));
        assertThat(inGroup(letter, FifoRejected.CONTINUE)).isSameAs(letter);
    }

    @ParameterizedTest
    @ValueSource(strings = {"unknown", "partly_accepted", "expired"})
    void whatMayHaveBeenSentOrIsOutOfDateBlocksNoGroup(String reason) {
        Disposition.DeadLetter letter = new Disposition.DeadLetter(reason, "code", "");

        assertThat(inGroup(letter, FifoRejected.BLOCK)).isSameAs(letter);
    }

    @Test
    void whatIsDeletedOrReturnedIsTheSameInAGroup() {
        Disposition delete = new Disposition.Delete("rejected");
        Disposition back = new Disposition.Return(MINUTE, "refused", false);

        assertThat(inGroup(delete, FifoRejected.BLOCK)).isSameAs(delete);
        assertThat(inGroup(back, FifoRejected.BLOCK)).isSameAs(back);
    }

    @ParameterizedTest
    @CsvSource({
        "HOLD, 5, 0, 600, true",
        "HOLD, 5, 55, 600, true",
        "HOLD, 5, 56, 600, false",
        "HOLD, 61, 0, 600, false",
        "HOLD, 5, 0, 5, false",
        "HOLD, 5, 0, 6, true",
        "HOLD, 0, 0, 600, false",
        "RELEASE, 5, 0, 600, false"
    })
    @DisplayName("Q12 a group is held while the next try fits into the time for it and into the lease")
    void aGroupIsHeldWithinBounds(FifoTransient policy, int delay, int failedFor, int timeLeft, boolean held) {
        Disposition.Return back = new Disposition.Return(Duration.ofSeconds(delay), "refused", false);

        assertThat(Dispositions.mayHold(
                        back,
                        Duration.ofSeconds(failedFor),
                        Duration.ofSeconds(timeLeft),
                        new FifoPolicy(policy, MINUTE, FifoRejected.CONTINUE)))
                .isEqualTo(held);
    }

    @Test
    void theBackoffGrowsWithEachTryInPlace() {
        assertThat(Dispositions.backoff(context(0, 0.999999), POLICY)).isEqualTo(Duration.ofSeconds(5));
        assertThat(Dispositions.backoff(context(2, 0.999999), POLICY)).isEqualTo(Duration.ofSeconds(20));
        assertThat(Dispositions.backoff(context(Integer.MAX_VALUE, 0.999999), POLICY))
                .isEqualTo(Duration.ofMinutes(15));
    }

    @ParameterizedTest
    @CsvSource({"DEAD_LETTER", "DELETE"})
    void aMissingKeyIsMalformed(Handling handling) {
        Policy policy =
                ConsumerSettingsTest.settings(b -> b.onMalformed(handling)).policy();

        assertThat(Dispositions.keyMissing(policy))
                .isEqualTo(
                        handling == Handling.DELETE
                                ? new Disposition.Delete("malformed")
                                : new Disposition.DeadLetter(
                                        "malformed",
                                        "key_missing",
                                        "idempotencyKey is missing, in the body and in the attribute"
                                                + " mailrouter.idempotency-key"));
    }
}
