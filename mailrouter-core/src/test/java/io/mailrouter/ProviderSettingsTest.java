package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ProviderSettingsTest {

    static Stream<Arguments> outOfRange() {
        return Stream.of(
                refused("weight is 0.0: ", p -> p.weight(0)),
                refused("weight is NaN: ", p -> p.weight(Double.NaN)),
                refused("cost is no decimal number: ", p -> p.cost("cheap")),
                refused("cost is -1: ", p -> p.cost("-1")),
                refused("cost is 1E+2147483647: ", p -> p.cost("1E2147483647")),
                refused("rate is 0.0: ", p -> p.rate(0)),
                refused("dailyQuota is 0: ", p -> p.dailyQuota(0)),
                refused("monthlyQuota is -5: ", p -> p.monthlyQuota(-5)),
                refused("maxInFlight is 0: ", p -> p.maxInFlight(0)));
    }

    private static Arguments refused(String begin, Consumer<ProviderSettings> change) {
        return Arguments.of(begin, change);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("outOfRange")
    void saysWhichValueIsOutOfRangeAndWhatIsNeeded(String begin, Consumer<ProviderSettings> change) {
        assertThatThrownBy(() -> change.accept(new ProviderSettings()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(begin)
                .hasMessageEndingWith("is needed");
    }

    @Test
    void nothingIsBoundByDefaultAndEveryWeightIsTheSame() {
        ProviderSettings settings = new ProviderSettings();

        assertThat(settings.weight()).isEqualTo(1);
        assertThat(settings.cost()).isZero();
        assertThat(settings.rate()).isEmpty();
        assertThat(settings.dailyQuota()).isEmpty();
        assertThat(settings.monthlyQuota()).isEmpty();
        assertThat(settings.maxInFlight()).isEqualTo(64);
    }
}
