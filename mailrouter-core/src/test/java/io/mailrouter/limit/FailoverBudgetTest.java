package io.mailrouter.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class FailoverBudgetTest {

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);

    private static int all(FailoverBudget budget) {
        int taken = 0;
        while (budget.tryTake()) {
            taken++;
        }
        return taken;
    }

    @Test
    void givesAShareOfTheSendsAndSomeInEachSecond() {
        FailoverBudget budget = new FailoverBudget(20, 10, nanos::get);
        assertThat(all(budget)).as("saved up at first").isEqualTo(100);

        for (int i = 0; i < 51; i++) {
            budget.earn();
        }
        assertThat(all(budget)).isEqualTo(10);
        nanos.addAndGet(1_000_000_000L);
        assertThat(all(budget)).isEqualTo(10);
    }

    @Test
    void savesUpNoMoreThanTenSecondsAreWorth() {
        FailoverBudget budget = new FailoverBudget(20, 10, nanos::get);
        nanos.addAndGet(3_600_000_000_000L);
        for (int i = 0; i < 100_000; i++) {
            budget.earn();
        }
        budget.giveBack();

        assertThat(all(budget)).isEqualTo(100);
    }

    @Test
    void withoutAPartBySecondTheShareIsSavedUpAllTheSame() {
        FailoverBudget budget = new FailoverBudget(50, 0, nanos::get);
        assertThat(all(budget)).isZero();

        for (int i = 0; i < 1_000; i++) {
            budget.earn();
        }
        assertThat(all(budget)).isEqualTo(10);
    }

    @Test
    void whatIsTakenBackMayBeTakenAgain() {
        FailoverBudget budget = new FailoverBudget(0, 0.1, nanos::get);
        assertThat(budget.tryTake()).isTrue();
        assertThat(budget.tryTake()).isFalse();
        budget.giveBack();
        assertThat(budget.tryTake()).isTrue();
    }
}
