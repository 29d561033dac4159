package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ConsumerPropertiesTest {

    private static final String URL = "http://127.0.0.1/q";

    private static Arguments effect(String name, String text, Object value, Function<Settings, Object> setting) {
        return Arguments.of(name, text, value, setting);
    }

    static Stream<Arguments> effects() {
        return Stream.of(
                effect("concurrency", "3", 3, Settings::concurrency),
                effect("prefetch", "0", 0, Settings::prefetch),
                effect("maxPollers", "2", 2, Settings::maxPollers),
                effect("batchSize", "7", 7, Settings::batchSize),
                effect("waitTime", "20s", Duration.ofSeconds(20), Settings::waitTime),
                effect("visibility", "PT2M", Duration.ofMinutes(2), Settings::visibility),
                effect("intake.ahead", "700ms", Duration.ofMillis(700), Settings::intakeAhead),
                effect("heartbeat.at", "0.25", 0.25, Settings::heartbeatAt),
                effect("heartbeat.maxLease", "1h", Duration.ofHours(1), Settings::maxLease),
                effect("maxAttempts", "4", 4, s -> s.policy().maxAttempts()),
                effect(
                        "backoff.base",
                        "2s",
                        Duration.ofSeconds(2),
                        s -> s.policy().backoffBase()),
                effect(
                        "backoff.max",
                        "5m",
                        Duration.ofMinutes(5),
                        s -> s.policy().backoffMax()),
                effect("pauseWhenUnavailable", "false", false, Settings::pauseWhenUnavailable),
                effect("probeEvery", "1m", Duration.ofMinutes(1), Settings::probeEvery),
                effect("delete.linger", "0ms", Duration.ZERO, Settings::deleteLinger),
                effect("onRejected", "delete", Handling.DELETE, s -> s.policy().onRejected()),
                effect("onMalformed", "DELETE", Handling.DELETE, s -> s.policy().onMalformed()),
                effect(
                        "onStale",
                        "dead-letter",
                        Handling.DEAD_LETTER,
                        s -> s.policy().onStale()),
                effect("onUnknown", " delete ", Handling.DELETE, s -> s.policy().onUnknown()),
                effect("deadLetter.queue", URL + "-dead", Optional.of(URL + "-dead"), Settings::deadLetterQueueUrl),
                effect("deadLetter.ifMissing", "keep", NoDeadLetterQueue.KEEP, Settings::ifNoDeadLetterQueue),
                effect("idempotency.requireExplicit", "true", true, Settings::requireExplicitKey),
                effect(
                        "fifo.onTransient",
                        "release",
                        FifoTransient.RELEASE,
                        s -> s.fifo().onTransient()),
                effect(
                        "fifo.holdFor",
                        "2m",
                        Duration.ofMinutes(2),
                        s -> s.fifo().holdFor()),
                effect(
                        "fifo.onRejected",
                        "block",
                        FifoRejected.BLOCK,
                        s -> s.fifo().onRejected()),
                effect("stop.timeout", "PT0.5S", Duration.ofMillis(500), Settings::stopTimeout));
    }

    @ParameterizedTest(name = "{0} = {1}")
    @MethodSource("effects")
    void aPropertyTakesEffectAndChangesNothingElse(
            String name, String text, Object value, Function<Settings, Object> setting) {
        Settings settings = ConsumerSettingsTest.settings(b -> b.properties(Map.of(name, text)));

        assertThat(setting.apply(settings)).isEqualTo(value);
        assertThat(setting.apply(ConsumerSettingsTest.settings(b -> b))).isNotEqualTo(value);
        assertThat(effects()
                        .map(other -> other.get()[3])
                        .filter(other -> differs(settings, other))
                        .count())
                .isEqualTo(1);
    }

    @SuppressWarnings("unchecked")
    private static boolean differs(Settings settings, Object setting) {
        Function<Settings, Object> of = (Function<Settings, Object>) setting;
        return !of.apply(settings).equals(of.apply(ConsumerSettingsTest.settings(b -> b)));
    }

    @Test
    void theLimitsOfABodyAndAPayloadArePropertiesToo() {
        SqsEmailConsumerBuilder builder =
                ConsumerSettingsTest.builder(URL).properties(Map.of("maxBodyBytes", "99", "maxPayloadBytes", "999"));

        assertThat(builder.maxBodyBytes).isEqualTo(99);
        assertThat(builder.maxPayloadBytes).isEqualTo(999);
    }

    @Test
    void everySettingOfTheBuilderHasItsProperty() {
        Set<String> noSettings = Set.of("properties", "listener", "tracer", "payloads", "build");
        long settings = new ClassFileImporter()
                .importClass(SqsEmailConsumerBuilder.class).getMethods().stream()
                        .filter(method -> method.getModifiers().contains(JavaModifier.PUBLIC))
                        .map(JavaMethod::getName)
                        .filter(name -> !noSettings.contains(name))
                        .distinct()
                        .count();

        assertThat(ConsumerProperties.examples()).hasSize((int) settings);
        assertThat(effects().map(effect -> effect.get()[0]).distinct().count()).isEqualTo(settings - 2);
    }

    @Test
    void theExampleOfEachPropertyCanBeRead() {
        ConsumerProperties.examples()
                .forEach((name, example) -> assertThat(
                                ConsumerSettingsTest.builder(URL).properties(Map.of(name, example)))
                        .isNotNull());
    }

    @ParameterizedTest
    @CsvSource({"concurency,3", "heartbeatAt,0.5", "'',1"})
    void anUnknownNameIsRefusedWithThoseThatThereAre(String name, String text) {
        assertThatThrownBy(() -> ConsumerSettingsTest.builder(URL).properties(Map.of(name, text)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("property " + name + " is unknown: there are backoff.base, backoff.max,");
    }

    @ParameterizedTest
    @CsvSource({
        "concurrency,many,it cannot be read; 16 could be",
        "waitTime,10,it cannot be read; 10s could be",
        "waitTime,9999999999s,it cannot be read; 10s could be",
        "visibility,PT,it cannot be read; 60s could be",
        "heartbeat.at,half,it cannot be read; 0.5 could be",
        "pauseWhenUnavailable,yes,it cannot be read; true could be",
        "onStale,KEEP,it cannot be read; DEAD_LETTER could be",
        "deadLetter.ifMissing,throw,it cannot be read; FAIL could be",
        "heartbeat.at,1,heartbeatAt is 1.0: 0.1 to 0.9 is needed",
        "stop.timeout,2h,stopTimeout is PT2H: PT0S to PT1H is needed",
        "deadLetter.queue,'',deadLetterQueue is empty"
    })
    void aMalformedValueIsRefusedWithTheNameOfTheProperty(String name, String text, String what) {
        assertThatThrownBy(() -> ConsumerSettingsTest.builder(URL).properties(Map.of(name, text)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("property " + name + ": " + what);
    }
}
