package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ReceiveAttemptsTest {

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 10);
    private final ReceiveAttempts attempts = new ReceiveAttempts(Duration.ofSeconds(60), nanos::get);

    @Test
    void anAnsweredAttemptIsFollowedByAnother() {
        assertThat(attempts.next(10).id()).isNotEqualTo(attempts.next(10).id());
    }

    @Test
    void anUnansweredAttemptIsMadeOnceMoreByOne() {
        ReceiveAttempts.Attempt lost = attempts.next(10);
        attempts.unanswered(lost);

        assertThat(attempts.next(10)).isEqualTo(lost);
        assertThat(attempts.next(10)).isNotEqualTo(lost);
    }

    @Test
    void anAttemptIsNotMadeAgainForFewerMessagesThanItMayBring() {
        ReceiveAttempts.Attempt lost = attempts.next(5);
        attempts.unanswered(lost);

        assertThat(attempts.next(4).max()).isEqualTo(4);
        assertThat(attempts.next(6)).isEqualTo(lost);
    }

    @Test
    void anAttemptIsNotMadeAgainOnceTheQueueHasForgottenItsId() {
        ReceiveAttempts longHidden = new ReceiveAttempts(Duration.ofHours(1), nanos::get);
        ReceiveAttempts.Attempt lost = longHidden.next(10);
        nanos.addAndGet(Duration.ofMinutes(5).toNanos() - 1);
        longHidden.unanswered(lost);
        assertThat(longHidden.next(10)).isEqualTo(lost);
        longHidden.unanswered(lost);
        nanos.incrementAndGet();

        assertThat(longHidden.next(10)).isNotEqualTo(lost);
    }

    @Test
    void anAttemptIsNotMadeAgainOnceItsMessagesAreVisible() {
        ReceiveAttempts.Attempt lost = attempts.next(10);
        attempts.unanswered(lost);
        nanos.addAndGet(Duration.ofSeconds(60).toNanos());

        assertThat(attempts.next(10)).isNotEqualTo(lost);
    }
}
