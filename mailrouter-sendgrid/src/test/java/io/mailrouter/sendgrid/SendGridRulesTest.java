package io.mailrouter.sendgrid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.mailrouter.email.Email;
import io.mailrouter.provider.AnswerRules;
import io.mailrouter.provider.AnswerRules.Meaning;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Accepted;
import io.mailrouter.provider.Outcome.QuotaExhausted;
import io.mailrouter.provider.Outcome.Rejected;
import io.mailrouter.provider.Outcome.Throttled;
import io.mailrouter.provider.Outcome.Unavailable;
import io.mailrouter.testkit.Behaviour;
import io.mailrouter.testkit.LoopbackSendGrid;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
class SendGridRulesTest {

    private final LoopbackSendGrid sendGrid = LoopbackSendGrid.start();

    @AfterEach
    void close() {
        sendGrid.close();
    }

    @Test
    void asksTheRulesBeforeItDecides() {
        AnswerRules rules = AnswerRules.none()
                .and("^403 too many bad requests", Meaning.THROTTLED)
                .and("^400 .*monthly", Meaning.QUOTA_EXHAUSTED)
                .and("^503 ", Meaning.UNAVAILABLE);
        sendGrid.next(
                LoopbackSendGrid.error(403, "too many bad requests"),
                LoopbackSendGrid.error(400, "over your monthly plan"),
                LoopbackSendGrid.error(503, "try later"),
                LoopbackSendGrid.error(400, "bad address"));

        assertThat(send(rules)).isInstanceOf(Throttled.class);
        assertThat(send(rules)).isEqualTo(new QuotaExhausted("http_400", "400 over your monthly plan"));
        assertThat(send(rules)).isEqualTo(new Unavailable("http_503", "503 try later"));
        assertThat(send(rules)).isEqualTo(new Rejected("http_400", "bad address"));
    }

    @Test
    void readsAllMessagesInOneText() {
        sendGrid.behave(
                Behaviour.answer(
                        400,
                        Map.of(),
                        "{\"errors\":[{\"message\":\"first \\\"one\\\"\",\"field\":\"a\"},{\"field\":null},{\"message\":\"second\"}]}"));

        assertThat(send(AnswerRules.none().and("^400 first \"one\"; second$", Meaning.SENDER_MISCONFIGURED)))
                .isEqualTo(new Outcome.Misconfigured("http_400", "400 first \"one\"; second", Outcome.Scope.SENDER));
    }

    @Test
    void givesARuleThatThrottlesTheHintOfTheAnswer() {
        sendGrid.behave(LoopbackSendGrid.throttled(Duration.ofSeconds(30)));

        assertThat(send(AnswerRules.none().and("^429", Meaning.THROTTLED)))
                .isInstanceOfSatisfying(
                        Throttled.class,
                        throttled -> assertThat(throttled.retryAfter())
                                .hasValueSatisfying(hint ->
                                        assertThat(hint).isBetween(Duration.ofSeconds(28), Duration.ofSeconds(31))));
    }

    static Stream<Arguments> notItsOwnWords() {
        Map<String, String> html = Map.of("Content-Type", "text/html");
        return Stream.of(
                arguments("a page", Behaviour.answer(413, html, "<html>errors</html>"), "rejected"),
                arguments("no body", Behaviour.answer(500, Map.of(), ""), "unknown"),
                arguments("a gateway's JSON", Behaviour.answer(502, Map.of(), "{\"message\":\"upstream\"}"), "unknown"),
                arguments("errors that are no list", Behaviour.answer(500, Map.of(), "{\"errors\":\"x\"}"), "unknown"),
                arguments("a list alone", Behaviour.answer(500, Map.of(), "[{\"message\":\"x\"}]"), "unknown"),
                arguments(
                        "a list elsewhere",
                        Behaviour.answer(
                                500,
                                Map.of(),
                                "{\"a\":[{\"message\":\"x\"}],\"b\":{\"errors\":[{\"message\":\"x\"}]}}"),
                        "unknown"),
                arguments(
                        "a redirect",
                        Behaviour.answer(302, Map.of("Location", "/"), "{\"errors\":[{\"message\":\"x\"}]}"),
                        "misconfigured"),
                arguments("no answer", Behaviour.resetAfterBody(), "unknown"));
    }

    @ParameterizedTest(name = "{0}: {2}")
    @MethodSource("notItsOwnWords")
    void neverAsksTheRulesWhereTheServiceDidNotSpeak(String row, Behaviour behaviour, String word) {
        sendGrid.behave(behaviour);

        assertThat(send(AnswerRules.none().and("", Meaning.THROTTLED)).word()).isEqualTo(word);
    }

    @Test
    void neverLosesAnAcceptanceToARule() {
        sendGrid.behave(Behaviour.answer(202, Map.of("X-Message-Id", "m"), "{\"errors\":[{\"message\":\"x\"}]}"));

        assertThat(send(AnswerRules.none().and("", Meaning.UNAVAILABLE))).isEqualTo(new Accepted("m"));
    }

    private Outcome send(AnswerRules rules) {
        Email email = Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .subject("s")
                .text("t")
                .build();
        try (SendGridProvider provider =
                SendGridProviderTest.builder(sendGrid.url()).rules(rules).build()) {
            return provider.send(email, Attempt.Context.within(Duration.ofSeconds(20)));
        }
    }
}
