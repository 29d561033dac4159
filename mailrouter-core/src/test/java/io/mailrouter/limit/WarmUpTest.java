package io.mailrouter.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.LocalDate;
import org.junit.jupiter.api.Test;

class WarmUpTest {

    private static final LocalDate FIRST = LocalDate.of(2026, 2, 27);

    @Test
    void namesOneDayAfterTheOther() {
        WarmUp warmUp = WarmUp.startingOn(FIRST).dailyCaps(50, 100);

        assertThat(warmUp.cap(FIRST.minusDays(1))).hasValue(0);
        assertThat(warmUp.cap(FIRST)).hasValue(50);
        assertThat(warmUp.cap(FIRST.plusDays(1))).hasValue(100);
        assertThat(warmUp.cap(FIRST.plusDays(2))).isEmpty();
        assertThat(warmUp.share(FIRST)).isEqualTo(1);
    }

    @Test
    void capsAndSharesGoTogether() {
        WarmUp warmUp = WarmUp.startingOn(FIRST).dailyCaps(50).shares(0.01, 0.05);

        assertThat(warmUp.cap(FIRST)).hasValue(50);
        assertThat(warmUp.share(FIRST)).isEqualTo(0.01);
        assertThat(warmUp.share(FIRST.plusDays(1))).isEqualTo(0.05);
        assertThat(warmUp.share(FIRST.plusDays(2))).isEqualTo(1);
    }

    @Test
    void refusesWhatIsNoSchedule() {
        WarmUp warmUp = WarmUp.startingOn(FIRST);

        assertThat(warmUp.isEmpty()).isTrue();
        assertThatThrownBy(() -> warmUp.dailyCaps(50, 0)).hasMessageContaining("dailyCaps are [50, 0]");
        assertThatThrownBy(warmUp::dailyCaps).hasMessageContaining("dailyCaps are []");
        assertThatThrownBy(() -> warmUp.shares(0)).hasMessageContaining("shares are [0.0]");
        assertThatThrownBy(() -> warmUp.shares(1.5)).hasMessageContaining("shares are [1.5]");
        assertThatThrownBy(() -> warmUp.shares(Double.NaN)).hasMessageContaining("shares are [NaN]");
        assertThatThrownBy(warmUp::shares).hasMessageContaining("shares are []");
    }
}
