package io.mailrouter.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mailrouter.provider.AnswerRules.Meaning;
import io.mailrouter.provider.Outcome.Misconfigured;
import io.mailrouter.provider.Outcome.QuotaExhausted;
import io.mailrouter.provider.Outcome.Rejected;
import io.mailrouter.provider.Outcome.Scope;
import io.mailrouter.provider.Outcome.Throttled;
import io.mailrouter.provider.Outcome.Unavailable;
import io.mailrouter.provider.Outcome.Unknown;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class AnswerRulesTest {

    private static final Optional<Duration> PAUSE = Optional.of(Duration.ofSeconds(7));

    static Stream<Arguments> meanings() {
        return Stream.of(
                Arguments.of(Meaning.REJECTED, new Rejected("c", "E 1 no")),
                Arguments.of(Meaning.UNAVAILABLE, new Unavailable("c", "E 1 no")),
                Arguments.of(Meaning.THROTTLED, new Throttled("c", "E 1 no", PAUSE)),
                Arguments.of(Meaning.QUOTA_EXHAUSTED, new QuotaExhausted("c", "E 1 no")),
                Arguments.of(Meaning.ACCOUNT_MISCONFIGURED, new Misconfigured("c", "E 1 no", Scope.ACCOUNT)),
                Arguments.of(Meaning.SENDER_MISCONFIGURED, new Misconfigured("c", "E 1 no", Scope.SENDER)),
                Arguments.of(Meaning.REQUEST_MISCONFIGURED, new Misconfigured("c", "E 1 no", Scope.REQUEST)),
                Arguments.of(Meaning.UNKNOWN, new Unknown("c", "E 1 no")));
    }

    @ParameterizedTest
    @MethodSource("meanings")
    void givesAnAnswerItsMeaning(Meaning meaning, Outcome expected) {
        assertThat(AnswerRules.none().and("^E \\d", meaning).read("E 1 no", "c", PAUSE))
                .contains(expected);
    }

    @Test
    void coversEveryMeaning() {
        assertThat(meanings().map(row -> row.get()[0])).containsExactly((Object[]) Meaning.values());
    }

    @Test
    void saysNothingWhereNoRuleFits() {
        assertThat(AnswerRules.none().read("anything", "c", PAUSE)).isEmpty();
        assertThat(AnswerRules.none().and("^other", Meaning.REJECTED).read("an other", "c", PAUSE))
                .isEmpty();
    }

    @Test
    void letsTheFirstRuleThatFitsDecide() {
        AnswerRules rules = AnswerRules.none()
                .and("nowhere", Meaning.UNKNOWN)
                .and("blocked", Meaning.UNAVAILABLE)
                .and("blocked for good", Meaning.REJECTED);

        assertThat(rules.read("blocked for good", "c", PAUSE)).containsInstanceOf(Unavailable.class);
    }

    @Test
    void leavesTheRulesItAddsToAsTheyWere() {
        AnswerRules one = AnswerRules.none().and("one", Meaning.REJECTED);
        AnswerRules two = one.and("two", Meaning.REJECTED);

        assertThat(one.read("two", "c", PAUSE)).isEmpty();
        assertThat(two.read("two", "c", PAUSE)).isPresent();
        assertThat(AnswerRules.none().read("one", "c", PAUSE)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"(", "[a", "a{2,1}", "*"})
    void refusesAMalformedPatternWhenItIsGiven(String pattern) {
        assertThatThrownBy(() -> AnswerRules.none().and(pattern, Meaning.REJECTED))
                .isInstanceOf(PatternSyntaxException.class);
    }

    @ParameterizedTest
    @Timeout(10)
    @ValueSource(strings = {"(a+)+$", "(a|aa)+$", "(.*)*x", "a*a*a*a*a*a*b", "(a|b)*z", "(?:a|b)*z"})
    @DisplayName("T2 a pattern that would run for years fits nothing, and the next one is asked")
    void givesUpAPatternThatRunsTooLong(String pattern) {
        AnswerRules rules = AnswerRules.none().and(pattern, Meaning.UNKNOWN).and("^E", Meaning.REJECTED);
        long start = System.nanoTime();

        assertThat(rules.read("E " + "a".repeat(1_900) + "!", "c", PAUSE)).containsInstanceOf(Rejected.class);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void looksAtTheFirst2000CharactersOnly() {
        AnswerRules rules = AnswerRules.none().and("canary", Meaning.REJECTED);

        assertThat(rules.read("x".repeat(1_994) + "canary", "c", PAUSE)).isPresent();
        assertThat(rules.read("x".repeat(1_995) + "canary", "c", PAUSE)).isEmpty();
    }

    @Test
    @DisplayName("C11 C13 the reason is masked, escaped and capped as ever")
    void masksTheWordsThatARuleReads() {
        AnswerRules rules = AnswerRules.none().and("refused", Meaning.REJECTED);
        Outcome outcome = rules.read("E refused canary@example.org\r\n\u0000" + " y".repeat(1_000), "C-1", PAUSE)
                .orElseThrow();

        assertThat(outcome.code()).isEqualTo("c_1");
        assertThat(outcome.reason())
                .doesNotContain("canary")
                .startsWith("E refused ***@example.org\\u000d\\u000a\\u0000")
                .hasSizeLessThan(310);
    }
}
