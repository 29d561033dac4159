package io.mailrouter.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.email.EmailAddress;
import io.mailrouter.provider.AnswerRules;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Accepted;
import io.mailrouter.provider.Outcome.Misconfigured;
import io.mailrouter.provider.Outcome.Partial;
import io.mailrouter.provider.Outcome.Refusal;
import io.mailrouter.provider.Outcome.Scope;
import io.mailrouter.provider.Outcome.Unavailable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What becomes of an email some or all of whose recipients a server refuses. */
class SmtpOutcomeRecipientsTest {

    private static final SmtpReply TAKEN = reply("250 2.0.0 Ok: queued as 4VxyZ12");
    private static final SmtpReply NO_SUCH_USER = reply("550 5.1.1 no such user");
    private static final SmtpReply LATER = reply("451 4.2.0 greylisted");

    private final SmtpOutcome outcomes = new SmtpOutcome(AnswerRules.none());

    private static SmtpReply reply(String line) {
        return SmtpReply.of(Integer.parseInt(line.substring(0, 3)), line + "\n");
    }

    private static EmailAddress at(String address) {
        return EmailAddress.parse(address);
    }

    private Outcome refused(Phase phase, SmtpReply last, SmtpReply... replies) {
        Map<String, SmtpReply> refused = new LinkedHashMap<>();
        for (int i = 0; i < replies.length; i++) {
            refused.put("user" + i + "@example.org", replies[i]);
        }
        return outcomes.of(Delivery.answered(phase, refused, last), address -> List.of(at(address)), "");
    }

    @Test
    @DisplayName("P20 S3 some are taken: each of the others is listed, and whether it may go on")
    void listsWhoWasRefused() {
        Outcome outcome = refused(Phase.DOT, TAKEN, NO_SUCH_USER, LATER);

        assertThat(outcome)
                .isEqualTo(new Partial(
                        "4VxyZ12",
                        List.of(
                                new Refusal(at("user0@example.org"), "smtp_550", "5.1.1 no such user", false),
                                new Refusal(at("user1@example.org"), "smtp_451", "4.2.0 greylisted", true))));
    }

    @Test
    @DisplayName("P20 an address that stands in several fields is refused in each of them")
    void listsEachFieldOfAnAddress() {
        EmailAddress ada = at("Ada <ada@example.org>");
        EmailAddress same = at("ada@example.org");

        Outcome outcome = outcomes.of(
                Delivery.answered(Phase.DOT, Map.of("ada@example.org", NO_SUCH_USER), TAKEN),
                address -> List.of(ada, same),
                "");

        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Partial.class,
                        partial -> assertThat(partial.refused())
                                .extracting(Refusal::recipient)
                                .containsExactly(ada, same));
    }

    @Test
    void isAcceptedWhereNobodyWasRefused() {
        assertThat(refused(Phase.DOT, TAKEN)).isEqualTo(new Accepted("4VxyZ12"));
    }

    @Test
    @DisplayName("S3 all are refused for good: rejected")
    void isRejectedWhereAllAreRefusedForGood() {
        assertThat(refused(Phase.RCPT, NO_SUCH_USER, NO_SUCH_USER, NO_SUCH_USER))
                .isEqualTo(new Outcome.Rejected("smtp_550", "5.1.1 no such user"));
    }

    @Test
    @DisplayName("S3 all are refused, one of them for now: all go on, whatever the order")
    void goesOnWhereOneIsRefusedForNow() {
        Unavailable later = new Unavailable("smtp_451", "4.2.0 greylisted");

        assertThat(refused(Phase.RCPT, LATER, NO_SUCH_USER, LATER)).isEqualTo(later);
        assertThat(refused(Phase.RCPT, NO_SUCH_USER, LATER, NO_SUCH_USER)).isEqualTo(later);
        assertThat(refused(Phase.RCPT, LATER, reply("450 4.2.1 busy"), LATER))
                .isEqualTo(new Unavailable("smtp_450", "4.2.1 busy"));
    }

    @Test
    void aRefusalAtRcptThatNamesNobodyIsReadAsItStands() {
        assertThat(refused(Phase.RCPT, NO_SUCH_USER)).isInstanceOf(Outcome.Rejected.class);
    }

    @Test
    void aChallengeIsARefusedLoginAndNothingElse() {
        assertThat(refused(Phase.LOGIN, reply("334 eyJzdGF0dXMiOiI0MDEifQ==")))
                .isEqualTo(new Misconfigured("smtp_535", "the server refused the login", Scope.ACCOUNT));
        assertThat(refused(Phase.MAIL, reply("334 ")))
                .isEqualTo(new Unavailable("malformed_reply", "nothing was sent"));
    }

    @Test
    void saysThatNoLoginIsOffered() {
        Outcome outcome = outcomes.of(
                Delivery.broken(Phase.LOGIN, new RefusedHereException(SmtpOutcome.NO_LOGIN)), address -> List.of(), "");

        assertThat(outcome)
                .isEqualTo(new Misconfigured(
                        "no_login_offered", "the server offers no login that is known here", Scope.ACCOUNT));
    }

    @Test
    void whatWeEndedOurselvesIsToldAsSuch() {
        assertThat(outcomes.of(Delivery.answered(Phase.MAIL, Map.of(), reply("334 ")), address -> List.of(), "timeout"))
                .isEqualTo(new Unavailable("timeout", "nothing was sent"));
    }

    @Test
    void wordsOfAPermanentFaultSayNothingInATemporaryRefusal() {
        assertThat(refused(Phase.RCPT, reply("550 relaying denied"))).isInstanceOf(Misconfigured.class);
        assertThat(refused(Phase.RCPT, reply("450 relaying denied"))).isInstanceOf(Unavailable.class);
    }
}
