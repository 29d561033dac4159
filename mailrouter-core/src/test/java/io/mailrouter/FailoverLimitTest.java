package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mailrouter.email.Email;
import io.mailrouter.provider.Outcome;
import io.mailrouter.route.Routing;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class FailoverLimitTest {

    private static final Outcome REFUSED = new Outcome.Unavailable("connection_refused", "");

    private final VirtualTime time = new VirtualTime();
    private final ScriptedProvider first = new ScriptedProvider("first").always(REFUSED);
    private final ScriptedProvider second = new ScriptedProvider("second");

    private EmailServiceBuilder service() {
        return EmailService.builder()
                .time(time.time())
                .pause(time::pass)
                .random(new Random(1))
                .routing(Routing.inOrder())
                .breaker(b -> b.window(10_000, 10_000).failurePercent(100).consecutiveFailures(10_000))
                .provider(first)
                .provider(second);
    }

    private static Email email() {
        return Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .text("hello")
                .build();
    }

    /** Fails for nine of twenty, which no breaker minds. */
    private static Outcome often(int call) {
        return call * 9 % 20 < 9 ? REFUSED : new Outcome.Accepted("m");
    }

    @Test
    void attemptsStayBelowSixFifthsOfTheSendsAndTenInASecond() {
        first.script = (email, context) -> often(first.attempts.size());
        try (EmailService emails = service().build()) {
            int sends = 0;
            for (int second = 0; second < 20; second++) {
                int before = attempts();
                for (int i = 0; i < 1_000; i++, sends++) {
                    emails.trySend(email());
                    time.pass(Duration.ofMillis(1));
                }
                if (second > 0) {
                    assertThat(attempts() - before).isBetween(1_200, 1_211);
                }
            }

            assertThat(attempts())
                    .as("what was saved up before included")
                    .isBetween(sends * 6 / 5, sends * 6 / 5 + 20 * 10 + 100);
        }
    }

    private int attempts() {
        return first.attempts.size() + second.attempts.size();
    }

    @Test
    void withoutAnyLeftASendEndsAsNotSentAndSaysWhenToTryAgain() {
        try (EmailService emails = service().failoverBudget(50, 0).build()) {
            SendResult result = emails.trySend(email());

            assertThat(result)
                    .isInstanceOfSatisfying(
                            SendResult.NotSent.class,
                            notSent -> assertThat(notSent.retryAt())
                                    .hasValueSatisfying(at -> assertThat(at).isAfter(time.now())));
            assertThat(result.trail().skipped())
                    .extracting(Skipped::reason)
                    .containsExactly(Skipped.Reason.FAILOVER_BUDGET);
            assertThat(emails.trySend(email()))
                    .as("two sends have paid for it")
                    .isInstanceOf(SendResult.Accepted.class);
        }
    }

    @Test
    void anAttemptThatWasNotMadeIsNotPaidFor() {
        second.next(new Outcome.Misconfigured("credential", "", Outcome.Scope.ACCOUNT));
        try (EmailService emails = service().failoverBudget(0, 0.1).build()) {
            emails.trySend(email());
            assertThat(second.attempts).hasSize(1);
            time.pass(Duration.ofSeconds(10));
            for (int i = 0; i < 10; i++) {
                emails.trySend(email());
            }
            time.pass(Duration.ofMinutes(5));
            assertThat(emails.trySend(email())).isInstanceOf(SendResult.Accepted.class);
        }
    }

    @Test
    void aRequestWithManyEmailsCountsOnce() {
        ScriptedBulkProvider one = new ScriptedBulkProvider("one").each(email -> REFUSED);
        ScriptedBulkProvider other = new ScriptedBulkProvider("other");
        EmailServiceBuilder bulk = EmailService.builder()
                .time(time.time())
                .routing(Routing.inOrder())
                .failoverBudget(0, 0.1)
                .provider(one)
                .provider(other);
        try (EmailService emails = bulk.build()) {
            List<SendResult> results =
                    emails.sendAll(IntStream.range(0, 3).mapToObj(i -> email()).toList(), Bulk.ALLOWED);

            assertThat(results).allMatch(SendResult.Accepted.class::isInstance);
            assertThat(other.requests).hasSize(1);
            assertThat(emails.sendAll(
                            IntStream.range(0, 3).mapToObj(i -> email()).toList(), Bulk.ALLOWED))
                    .allSatisfy(result -> assertThat(result.trail().skipped())
                            .extracting(Skipped::reason)
                            .contains(Skipped.Reason.FAILOVER_BUDGET));
        }
    }

    @Test
    @DisplayName("X3 all dead: a time to try again, and no attempt is burnt")
    void doesNotBurnAttemptsWhenAllAreDead() {
        second.always(REFUSED);
        EmailServiceBuilder builder = EmailService.builder()
                .time(time.time())
                .pause(time::pass)
                .random(new Random(1))
                .routing(Routing.inOrder())
                .breaker(b -> b.consecutiveFailures(2))
                .provider(first)
                .provider(second);
        try (EmailService emails = builder.build()) {
            emails.trySend(email());
            emails.trySend(email());
            int burnt = attempts();
            for (int i = 0; i < 100; i++) {
                assertThat(emails.trySend(email())).isInstanceOfSatisfying(SendResult.NotSent.class, notSent -> {
                    assertThat(notSent.trail().attempts()).isEmpty();
                    assertThat(notSent.retryAt())
                            .hasValueSatisfying(at -> assertThat(at).isAfter(time.now()));
                });
            }
            assertThat(attempts()).isEqualTo(burnt);
        }
    }

    @Test
    void refusesABudgetThatIsNone() {
        assertThatThrownBy(() -> EmailService.builder().failoverBudget(-1, 10))
                .hasMessageContaining("failoverBudget percent is -1.0");
        assertThatThrownBy(() -> EmailService.builder().failoverBudget(20, -1))
                .hasMessageContaining("failoverBudget perSecond is -1.0");
    }
}
