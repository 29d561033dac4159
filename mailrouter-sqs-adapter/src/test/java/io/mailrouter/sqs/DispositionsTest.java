package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.Note;
import io.mailrouter.RecipientResult;
import io.mailrouter.RoutePlan;
import io.mailrouter.SendResult;
import io.mailrouter.Skipped;
import io.mailrouter.Trail;
import io.mailrouter.email.EmailAddress;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import io.mailrouter.sqs.message.EmailMessages;
import io.mailrouter.sqs.message.MalformedMessageException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class DispositionsTest {

    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
    private static final Policy POLICY = policy(Handling.DEAD_LETTER, Handling.DEAD_LETTER);
    private static final Outcome DOWN = new Outcome.Unavailable("refused", "");

    private static Policy policy(Handling others, Handling stale) {
        return new Policy(8, Duration.ofSeconds(5), Duration.ofMinutes(15), others, others, stale, others);
    }

    private static MessageContext context(int receiveCount, double chance) {
        return new MessageContext(receiveCount, NOW.minusSeconds(1), NOW.plus(Duration.ofDays(4)), NOW, chance, false);
    }

    private static Trail trail(Object... steps) {
        List<Attempt> attempts = new ArrayList<>();
        List<Skipped> skipped = new ArrayList<>();
        for (Object step : steps) {
            if (step instanceof Outcome outcome) {
                attempts.add(new Attempt("p", attempts.size() + 1, outcome, Duration.ZERO));
            } else if (step instanceof Skipped.Reason reason) {
                skipped.add(new Skipped("q", reason, "", Optional.empty()));
            }
        }
        return new Trail("mr1", attempts, skipped, Duration.ZERO);
    }

    private static SendResult.NotSent notSent(Duration retryIn, Object... steps) {
        return new SendResult.NotSent("refused", "why", Optional.of(NOW.plus(retryIn)), trail(steps));
    }

    private static Disposition decide(SendResult result, MessageContext context) {
        return Dispositions.decide(result, context, POLICY);
    }

    private static Disposition.Return back(SendResult result, MessageContext context) {
        return (Disposition.Return) decide(result, context);
    }

    @Test
    void anAcceptedMessageIsDeleted() {
        assertThat(decide(new SendResult.Accepted("p", "m", trail()), context(1, 0)))
                .isEqualTo(new Disposition.Delete("accepted"));
    }

    private static Trail repeated() {
        return new Trail(
                "mr1", List.of(), List.of(), List.of(), Set.of(Note.REPEATED), RoutePlan.none(), Duration.ZERO);
    }

    @Test
    @DisplayName("Q2 a duplicate of a sent message is deleted, and says nothing about the providers")
    void aDuplicateIsDeleted() {
        SendResult duplicate = new SendResult.Accepted("p", "m", repeated());

        assertThat(decide(duplicate, context(100, 0))).isEqualTo(new Disposition.Delete("duplicate"));
        assertThat(Sign.of(duplicate, decide(duplicate, context(1, 0)))).isEqualTo(Sign.NOTHING);
    }

    @Test
    @DisplayName("Q4 a message that another worker is sending comes again after that one's lease; no receive counts")
    void whatIsInFlightElsewhereComesAgainAfterItsLease() {
        SendResult busy = new SendResult.NotSent("in_flight_elsewhere", "", Optional.of(NOW.plusSeconds(30)), trail());

        assertThat(decide(busy, context(100, 0)))
                .isEqualTo(new Disposition.Return(Duration.ofSeconds(30), "in_flight_elsewhere", false));
        assertThat(decide(busy, context(100, 0.5)))
                .isEqualTo(new Disposition.Return(Duration.ofSeconds(33), "in_flight_elsewhere", false));
        assertThat(back(busy, inOutage(1)).outage()).isFalse();
    }

    @Test
    @DisplayName("Q3 a message whose first send nobody can tell the end of is dead-lettered as unknown")
    void anAmbiguousKeyIsUnknown() {
        assertThat(decide(new SendResult.Unknown("", "lease_ended", "why", repeated()), context(1, 0)))
                .isEqualTo(new Disposition.DeadLetter("unknown", "lease_ended", "why"));
    }

    @Test
    void aSuppressedEmailIsRejectedAndAReusedKeyIsMalformed() {
        assertThat(decide(new SendResult.Suppressed(trail()), context(1, 0)))
                .isEqualTo(new Disposition.DeadLetter("rejected", "suppressed", "every recipient is suppressed"));
        assertThat(decide(new SendResult.Rejected("", "key_reused", "why", trail()), context(1, 0)))
                .isEqualTo(new Disposition.DeadLetter("malformed", "key_reused", "why"));
    }

    private static RecipientResult of(RecipientResult.Fate fate) {
        return new RecipientResult(EmailAddress.parse("a@example.org"), fate, "p", "code", "");
    }

    @ParameterizedTest
    @EnumSource(
            value = RecipientResult.Fate.class,
            names = {"NOT_SENT", "UNKNOWN"})
    @DisplayName("P20 what was not accepted for everyone is never deleted while someone may still want a copy")
    void keepsWhoeverWasNotSentTo(RecipientResult.Fate fate) {
        SendResult partly = new SendResult.PartlyAccepted(
                "p",
                "m",
                List.of(of(RecipientResult.Fate.ACCEPTED), of(RecipientResult.Fate.REFUSED), of(fate)),
                trail());

        assertThat(Dispositions.decide(partly, context(1, 0), policy(Handling.DELETE, Handling.DELETE)))
                .isInstanceOfSatisfying(
                        Disposition.DeadLetter.class,
                        letter -> assertThat(letter.reason()).isEqualTo("partly_accepted"));
    }

    @ParameterizedTest
    @CsvSource({"DEAD_LETTER", "DELETE"})
    void whatIsNotTriedAgainIsHandledAsConfigured(Handling handling) throws Exception {
        Policy policy = policy(handling, handling);
        List<RecipientResult> refused = List.of(of(RecipientResult.Fate.ACCEPTED), of(RecipientResult.Fate.REFUSED));
        MalformedMessageException malformed = Assertions.catchThrowableOfType(
                MalformedMessageException.class,
                () -> EmailMessages.upToDefaultSize().read("{}"));

        List<Disposition> decided = List.of(
                Dispositions.decide(new SendResult.Rejected("p", "http_400", "why", trail()), context(1, 0), policy),
                Dispositions.decide(new SendResult.PartlyAccepted("p", "m", refused, trail()), context(1, 0), policy),
                Dispositions.decide(new SendResult.Unknown("p", "timeout", "why", trail()), context(1, 0), policy),
                Dispositions.decide(new SendResult.Expired(NOW, trail()), context(1, 0), policy),
                Dispositions.malformed(malformed, policy));

        assertThat(decided)
                .isEqualTo(
                        handling == Handling.DELETE
                                ? List.of(
                                        new Disposition.Delete("rejected"),
                                        new Disposition.Delete("partly_accepted"),
                                        new Disposition.Delete("unknown"),
                                        new Disposition.Delete("expired"),
                                        new Disposition.Delete("malformed"))
                                : List.of(
                                        new Disposition.DeadLetter("rejected", "http_400", "why"),
                                        new Disposition.DeadLetter(
                                                "partly_accepted", "partial", "1 refused, 0 not sent, 0 unknown"),
                                        new Disposition.DeadLetter("unknown", "timeout", "why"),
                                        new Disposition.DeadLetter("expired", "expired", "notAfter had passed"),
                                        new Disposition.DeadLetter(
                                                "malformed", "unknown_version", "v is missing: 1 is needed")));
    }

    @ParameterizedTest
    @CsvSource({"1,5", "2,10", "3,20", "4,40", "5,80", "6,160", "7,320", "8,640", "9,900", "40,900", "1000,900"})
    void theDelayIsAnyUpToACeilingThatDoubles(int receiveCount, int ceiling) {
        SendResult result = notSent(Duration.ZERO, Skipped.Reason.OPEN);

        assertThat(back(result, context(receiveCount, 0)).delay()).isEqualTo(Duration.ofSeconds(1));
        assertThat(back(result, context(receiveCount, 0.5)).delay())
                .isEqualTo(Duration.ofMillis(ceiling * 500L)
                        .plusMillis(999)
                        .truncatedTo(java.time.temporal.ChronoUnit.SECONDS));
        assertThat(back(result, context(receiveCount, 0.999999)).delay()).isEqualTo(Duration.ofSeconds(ceiling));
    }

    @Test
    @DisplayName("Q15 a known time of retry counts when it is later than the delay")
    void waitsAtLeastUntilARetryIsOfUse() {
        assertThat(back(notSent(Duration.ofMillis(90_400), Skipped.Reason.HELD), context(1, 0.9))
                        .delay())
                .isEqualTo(Duration.ofSeconds(91));
        assertThat(back(notSent(Duration.ofSeconds(2), Skipped.Reason.HELD), context(1, 0.999999))
                        .delay())
                .isEqualTo(Duration.ofSeconds(5));
        assertThat(back(notSent(Duration.ofSeconds(-90), Skipped.Reason.HELD), context(1, 0))
                        .delay())
                .isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void noDelayGoesBeyondWhatTheQueueAllowsOrTheMessageLives() {
        SendResult far = notSent(Duration.ofDays(2), Skipped.Reason.HELD);
        Instant received = NOW.minusSeconds(100);

        assertThat(back(far, new MessageContext(1, received, NOW.plus(Duration.ofDays(4)), NOW, 0, false))
                        .delay())
                .isEqualTo(Duration.ofSeconds(43_200 - 100 - 1));
        assertThat(back(far, new MessageContext(1, received, NOW.plusSeconds(60), NOW, 0, false))
                        .delay())
                .isEqualTo(Duration.ofSeconds(59));
        assertThat(back(far, new MessageContext(1, received, NOW.minusSeconds(60), NOW, 0, false))
                        .delay())
                .isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void attemptsThatAreUsedUpEndInTheDeadLetterQueueWithTheLastReason() {
        SendResult senderNotSetUp =
                notSent(Duration.ZERO, DOWN, new Outcome.Misconfigured("not_verified", "", Outcome.Scope.SENDER));

        assertThat(decide(senderNotSetUp, context(7, 0))).isInstanceOf(Disposition.Return.class);
        assertThat(decide(senderNotSetUp, context(8, 0)))
                .isEqualTo(new Disposition.DeadLetter("attempts_used", "refused", "why"));
        assertThat(decide(senderNotSetUp, context(9, 0))).isInstanceOf(Disposition.DeadLetter.class);
    }

    @Test
    @DisplayName("Q14 no receive counts against a message while the service takes nothing, or none was asked")
    void anOutageUsesUpNoAttempts() {
        SendResult allFailed = notSent(Duration.ZERO, DOWN, new Outcome.Throttled("429", "", Optional.empty()));
        SendResult failedAndOpen = notSent(Duration.ZERO, DOWN, Skipped.Reason.OPEN, Skipped.Reason.HELD);
        SendResult noneAsked = notSent(Duration.ZERO, Skipped.Reason.OPEN, Skipped.Reason.NOT_ALLOWED);

        assertThat(back(allFailed, inOutage(100)).outage()).isTrue();
        assertThat(back(noneAsked, inOutage(100)).outage()).isTrue();
        assertThat(back(noneAsked, context(100, 0)).outage()).isFalse();
        assertThat(back(allFailed, context(1, 0)).outage()).isTrue();
        assertThat(back(failedAndOpen, context(1, 0)).outage()).isTrue();
        assertThat(decide(allFailed, context(8, 0))).isInstanceOf(Disposition.DeadLetter.class);
    }

    private static MessageContext inOutage(int receiveCount) {
        return new MessageContext(receiveCount, NOW, NOW.plus(Duration.ofDays(4)), NOW, 0, true);
    }

    @ParameterizedTest
    @EnumSource(
            value = Skipped.Reason.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"OPEN", "HELD"})
    void whatConcernsOneMessageIsNoOutage(Skipped.Reason reason) {
        assertThat(back(notSent(Duration.ZERO, DOWN, reason), context(1, 0)).outage())
                .isFalse();
    }

    @Test
    @DisplayName("Q16 a defect puts a message off, and not for ever")
    void aDefectPutsAMessageOff() {
        Error error = new StackOverflowError("canary");

        assertThat(Dispositions.defect(error, context(1, 0), POLICY))
                .isEqualTo(new Disposition.Return(Duration.ofSeconds(1), "defect", false));
        assertThat(Dispositions.defect(error, context(8, 0), POLICY))
                .isEqualTo(new Disposition.DeadLetter("attempts_used", "defect", "StackOverflowError"));
    }

    @Test
    void everyDelayIsAWholeNumberOfSecondsWithinTheBounds() {
        long seed = System.nanoTime();
        System.out.println("DispositionsTest seed " + seed);
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            long held = random.nextInt(43_000);
            MessageContext context = new MessageContext(
                    1 + random.nextInt(2_000),
                    NOW.minusSeconds(held),
                    NOW.plusSeconds(random.nextInt(1_209_600)),
                    NOW,
                    random.nextDouble(),
                    random.nextBoolean());
            SendResult result = notSent(Duration.ofMillis(random.nextInt(200_000_000)), Skipped.Reason.OPEN);

            Duration delay = back(result, context).delay();

            assertThat(delay.toSeconds()).isBetween(1L, Math.max(1, 43_200 - held - 1));
            assertThat(delay).isEqualTo(Duration.ofSeconds(delay.toSeconds()));
        }
    }
}
