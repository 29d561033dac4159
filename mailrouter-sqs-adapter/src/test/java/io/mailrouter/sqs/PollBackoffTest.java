package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PollBackoffTest {

    @Test
    void thePauseDoublesFromOneSecondToThirtyAndHalfOfItIsChance() {
        long seed = System.nanoTime();
        System.out.println("PollBackoffTest seed " + seed);
        PollBackoff backoff = new PollBackoff(new Random(seed));

        for (int ceiling : new int[] {1, 2, 4, 8, 16, 30, 30, 30}) {
            assertThat(backoff.next(false)).isBetween(Duration.ofMillis(ceiling * 500L), Duration.ofSeconds(ceiling));
        }
        backoff.succeeded();
        assertThat(backoff.next(false)).isBetween(Duration.ofMillis(500), Duration.ofSeconds(1));
    }

    @Test
    void whatSomebodyMustMendIsAskedEveryTenSeconds() {
        PollBackoff backoff = new PollBackoff(new Random(1));

        assertThat(backoff.next(true)).isEqualTo(Duration.ofSeconds(10));
        assertThat(backoff.next(true)).isEqualTo(Duration.ofSeconds(10));
    }
}
