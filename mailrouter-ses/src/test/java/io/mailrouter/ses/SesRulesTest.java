package io.mailrouter.ses;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.email.Email;
import io.mailrouter.provider.AnswerRules;
import io.mailrouter.provider.AnswerRules.Meaning;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Accepted;
import io.mailrouter.provider.Outcome.Misconfigured;
import io.mailrouter.provider.Outcome.Rejected;
import io.mailrouter.provider.Outcome.Scope;
import io.mailrouter.provider.Outcome.Unavailable;
import io.mailrouter.provider.Outcome.Unknown;
import io.mailrouter.testkit.Behaviour;
import io.mailrouter.testkit.LoopbackSes;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a user's rules say of refusals, against a server that answers so. */
@Timeout(60)
class SesRulesTest {

    /** Says that surely nothing was sent, whatever the answer: the worst rule there could be. */
    private static final AnswerRules CARELESS = AnswerRules.none().and("", Meaning.UNAVAILABLE);

    private final LoopbackSes ses = LoopbackSes.start();

    @AfterEach
    void close() {
        ses.close();
    }

    @Test
    void asksTheUsersRulesFirst() {
        AnswerRules rules = AnswerRules.none()
                .and("^MessageRejected Message content", Meaning.UNAVAILABLE)
                .and("^BadRequestException .*blocked", Meaning.SENDER_MISCONFIGURED);
        ses.next(
                LoopbackSes.error(400, "MessageRejected", "Message content blocked for ada@example.org"),
                LoopbackSes.error(400, "BadRequestException", "sender blocked"),
                LoopbackSes.error(400, "MessageRejected", "virus"));

        assertThat(send(rules))
                .isEqualTo(new Unavailable(
                        "messagerejected", "MessageRejected Message content blocked for ***@example.org"));
        assertThat(send(rules))
                .isEqualTo(new Misconfigured("badrequest", "BadRequestException sender blocked", Scope.SENDER));
        assertThat(send(rules)).isEqualTo(new Rejected("messagerejected", "virus"));
    }

    @Test
    void mayDoubtWhatTheServiceSays() {
        AnswerRules rules = AnswerRules.none().and("^InternalServiceErrorException", Meaning.UNKNOWN);
        ses.behave(LoopbackSes.error(500, "InternalServiceErrorException", "internal"));

        assertThat(send(rules)).isInstanceOf(Unknown.class);
    }

    @Test
    void mayBelieveTheServiceWhereItIsDoubtedOtherwise() {
        AnswerRules rules = AnswerRules.none().and("^InternalServiceErrorException", Meaning.UNAVAILABLE);
        ses.behave(LoopbackSes.error(500, "InternalServiceErrorException", "internal"));
        try (SesProvider provider = SesProviderTest.builder(ses.url())
                .internalErrorsMaySend()
                .rules(rules)
                .build()) {
            assertThat(send(provider)).isInstanceOf(Unavailable.class);
        }
    }

    @Test
    @DisplayName("P3 P4 P12 P13 no rule makes an ambiguous failure a certain one")
    void isNotAskedWhereNobodyKnows() {
        ses.next(
                Behaviour.answer(502, Map.of(), "<html>"),
                LoopbackSes.error(502, "BAD_GATEWAY", "upstream"),
                Behaviour.acceptThenReset(),
                Behaviour.answer(200, Map.of(), "not json"));

        assertThat(send(CARELESS)).isInstanceOf(Unknown.class);
        assertThat(send(CARELESS)).isInstanceOf(Unknown.class);
        assertThat(send(CARELESS)).isInstanceOf(Unknown.class);
        assertThat(send(CARELESS)).isEqualTo(new Accepted(""));
        ses.behave(Behaviour.acceptThenHang());
        try (SesProvider provider = SesProviderTest.builder(ses.url())
                .rules(CARELESS)
                .responseTimeout(Duration.ofMillis(300))
                .build()) {
            assertThat(send(provider)).isInstanceOf(Unknown.class);
        }
    }

    @Test
    @DisplayName("C10 a rule reads an answer about credentials by its code alone, and shows no more of it")
    void readsAnAnswerAboutCredentialsByItsCode() {
        ses.next(
                LoopbackSes.error(403, "SignatureDoesNotMatch", "x-amz-security-token:token-canary"),
                LoopbackSes.error(403, "BrandNewException", "token-canary"),
                LoopbackSes.error(403, "ExpiredTokenException", "token-canary"));
        AnswerRules rules =
                AnswerRules.none().and("canary", Meaning.REJECTED).and("^(Signature|Brand)", Meaning.UNAVAILABLE);

        assertThat(send(rules)).isEqualTo(new Unavailable("signaturedoesnotmatch", "SignatureDoesNotMatch"));
        assertThat(send(rules)).isEqualTo(new Unavailable("brandnew", "BrandNewException"));
        assertThat(send(rules).toString()).contains("expiredtoken").doesNotContain("canary");
    }

    private Outcome send(AnswerRules rules) {
        try (SesProvider provider =
                SesProviderTest.builder(ses.url()).rules(rules).build()) {
            return send(provider);
        }
    }

    private static Outcome send(SesProvider provider) {
        Email email = Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .subject("s")
                .text("t")
                .build();
        return provider.send(email, Attempt.Context.within(SesProviderTest.DEADLINE));
    }
}
