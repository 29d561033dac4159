package io.mailrouter.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.suppression.Suppression;
import io.mailrouter.suppression.Suppression.Reason;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SuppressionTextTest {

    private static final Instant SINCE = Instant.parse("2026-01-01T12:00:00.123Z");
    private static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");

    private static Suppression there(Suppression suppression) {
        return SuppressionText.parse(SuppressionText.of(suppression), NOW);
    }

    @ParameterizedTest
    @EnumSource(Reason.class)
    void bringsEveryReasonBack(Reason reason) {
        Suppression ending = new Suppression(reason, SINCE, Optional.of(SINCE.plusSeconds(7)));

        assertThat(there(Suppression.forGood(reason, SINCE))).isEqualTo(Suppression.forGood(reason, SINCE));
        assertThat(there(ending)).isEqualTo(ending);
    }

    @Test
    void isShort() {
        assertThat(SuppressionText.of(Suppression.forGood(Reason.HARD_BOUNCE, SINCE)))
                .hasSize(10);
    }

    @Test
    void takesTimesThatNobodyMeans() {
        Suppression always = new Suppression(Reason.MANUAL, Instant.MIN, Optional.of(Instant.MAX));
        Suppression late = Suppression.forGood(Reason.MANUAL, Instant.MAX);

        assertThat(there(always)).isEqualTo(Suppression.forGood(Reason.MANUAL, Instant.EPOCH));
        assertThat(there(late).since()).isEqualTo(Instant.parse("9999-12-31T23:59:59.999Z"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "2b0", "1", "1b", "1bx-y-z", "1b!", "1bzzzzzzzzzzzzz", "1Bmju3bcvf"})
    void takesWhatCannotBeReadForASuppressionAllTheSame(String garbage) {
        assertThat(SuppressionText.parse(garbage, NOW)).isEqualTo(Suppression.forGood(Reason.OTHER, NOW));
    }

    @Test
    void takesAReasonOfANewerVersionForAnother() {
        assertThat(SuppressionText.parse("1zmju3bcvf", NOW).reason()).isEqualTo(Reason.OTHER);
    }

    @Test
    void takesAnEndBeforeTheBeginningForNone() {
        assertThat(SuppressionText.parse("1b9-8", NOW).until()).isEmpty();
        assertThat(SuppressionText.parse("1bzzzzzzzzzzz-zzzzzzzzzzz", NOW).until())
                .isEmpty();
    }
}
