package io.mailrouter.smtp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.email.EmailAddress;
import io.mailrouter.provider.AnswerRules;
import io.mailrouter.provider.AnswerRules.Meaning;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Accepted;
import io.mailrouter.provider.Outcome.Misconfigured;
import io.mailrouter.provider.Outcome.Unavailable;
import io.mailrouter.provider.Outcome.Unknown;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SmtpOutcomeTest {

    private final SmtpOutcome outcomes = new SmtpOutcome(AnswerRules.none());

    private static List<EmailAddress> named(String address) {
        return List.of(EmailAddress.parse(address));
    }

    private Outcome answered(Phase phase, String reply) {
        int code = Integer.parseInt(reply.substring(0, 3));
        return outcomes.of(
                Delivery.answered(phase, Map.of(), SmtpReply.of(code, reply + "\n")), SmtpOutcomeTest::named, "");
    }

    @ParameterizedTest(name = "at {0}, {1} is {2} of {3}")
    @CsvSource(
            delimiter = '|',
            value = {
                "GREETING | 554 go away | unavailable |",
                "GREETING | 421 busy | unavailable |",
                "LOGIN | 535 5.7.8 no | misconfigured | ACCOUNT",
                "LOGIN | 501 5.5.2 what | misconfigured | ACCOUNT",
                "LOGIN | 454 4.7.0 later | unavailable |",
                "LOGIN | 451 Maximum credits exceeded | quota_exhausted |",
                "MAIL | 501 syntax | misconfigured | SENDER",
                "MAIL | 550 5.1.0 sender refused | misconfigured | SENDER",
                "MAIL | 550 5.1.2 no such domain | misconfigured | SENDER",
                "MAIL | 550 5.1.8 bad sender | misconfigured | SENDER",
                "MAIL | 530 5.7.0 log in | misconfigured | ACCOUNT",
                "MAIL | 552 5.3.4 too big | misconfigured | REQUEST",
                "MAIL | 552 too big | misconfigured | REQUEST",
                "MAIL | 452 4.3.1 disk full | unavailable |",
                "MAIL | 421 4.7.0 too many connections | throttled |",
                "RCPT | 550 no such user | rejected |",
                "RCPT | 552 mailbox full | unavailable |",
                "RCPT | 552 5.2.2 mailbox full | rejected |",
                "RCPT | 550 5.7.1 relaying denied | misconfigured | ACCOUNT",
                "RCPT | 450 4.2.0 greylisted | unavailable |",
                "DATA | 554 no | rejected |",
                "DATA | 451 later | unavailable |",
                "DOT | 550 5.7.1 looks like spam | rejected |",
                "DOT | 550 5.7.26 DMARC | misconfigured | SENDER",
                "DOT | 554 5.6.0 bad | rejected |",
                "DOT | 552 5.3.4 too big | misconfigured | REQUEST",
                "DOT | 550 5.4.5 Daily user sending quota exceeded | quota_exhausted |",
                "DOT | 454 Throttling failure: Maximum sending rate exceeded. | throttled |",
                "DOT | 454 Throttling failure: Daily message quota exceeded. | quota_exhausted |",
                "DOT | 454 4.3.0 other | unavailable |",
                "DOT | 554 Message rejected: Email address is not verified. | misconfigured | SENDER",
                "DOT | 554 Sending paused for this account | misconfigured | ACCOUNT",
                "DOT | 421 4.3.2 going down | unavailable |"
            })
    void readsARefusal(Phase phase, String reply, String word, String scope) {
        Outcome outcome = answered(phase, reply);

        assertThat(outcome.word()).isEqualTo(word);
        assertThat(outcome.code()).isEqualTo("smtp_" + reply.substring(0, 3));
        if (outcome instanceof Misconfigured misconfigured) {
            assertThat(misconfigured.scope()).hasToString(scope);
        } else {
            assertThat(scope).isNull();
        }
    }

    @ParameterizedTest(name = "{0} without an answer: unknown after the dot only")
    @EnumSource(Phase.class)
    void knowsThatOnlyTheDotSends(Phase phase) {
        Outcome broken = outcomes.of(Delivery.broken(phase, new SocketException("reset")), SmtpOutcomeTest::named, "");
        Outcome closed =
                outcomes.of(Delivery.answered(phase, Map.of(), SmtpReply.of(-1, "[EOF]")), SmtpOutcomeTest::named, "");

        if (phase == Phase.DOT) {
            assertThat(broken)
                    .isInstanceOf(Unknown.class)
                    .extracting(Outcome::code)
                    .isEqualTo("reset_after_dot");
            assertThat(closed)
                    .isInstanceOf(Unknown.class)
                    .extracting(Outcome::code)
                    .isEqualTo("connection_closed_after_dot");
        } else {
            assertThat(broken).isEqualTo(new Unavailable("reset", "nothing was sent"));
            assertThat(closed).isEqualTo(new Unavailable("connection_closed", "nothing was sent"));
        }
    }

    @ParameterizedTest(name = "{0} is no acceptance")
    @CsvSource({"354", "334", "abc", "2x0", "199", "999", "25", "-50"})
    void takesNothingElseForAnAcceptance(String reply) {
        Outcome outcome = outcomes.of(
                Delivery.answered(Phase.DOT, Map.of(), SmtpReply.of(0, reply + " ok\n")), SmtpOutcomeTest::named, "");

        assertThat(outcome).isInstanceOf(Unknown.class);
    }

    @ParameterizedTest(name = "{0} names {1}")
    @CsvSource({
        "250 2.0.0 Ok: queued as 4VxyZ12, 4VxyZ12",
        "250 Ok 0102018f-abcd-1234-000000, 0102018f-abcd-1234-000000",
        "250 OK id=1rTuvW-0001, 1rTuvW-0001",
        "251 forwarded,''",
        "250 2.0.0 Ok,''"
    })
    void findsTheServersId(String reply, String id) {
        assertThat(answered(Phase.DOT, reply)).isEqualTo(new Accepted(id));
    }

    @Test
    void namesWhatEndedAConversation() {
        assertThat(List.of(
                        Failures.code(new IOException(new SocketTimeoutException())),
                        Failures.code(new SSLHandshakeException("x")),
                        Failures.code(new SSLException("x")),
                        Failures.code(new ConnectException()),
                        Failures.code(new UnknownHostException()),
                        Failures.code(new EOFException()),
                        Failures.code(new RefusedHereException("reply_too_long")),
                        Failures.code(new IllegalStateException())))
                .containsExactly(
                        "read_timeout",
                        "tls_handshake",
                        "tls",
                        "connection_refused",
                        "unknown_host",
                        "connection_closed",
                        "reply_too_long",
                        "other");
    }

    @ParameterizedTest(name = "a rule can mean {0}")
    @EnumSource(Meaning.class)
    void asksTheUsersRulesFirst(Meaning meaning) {
        SmtpOutcome ruled = new SmtpOutcome(AnswerRules.none().and("^550 5\\.1\\.1 house rule$", meaning));
        SmtpReply reply = SmtpReply.of(550, "550-5.1.1 house\n550 rule\n");

        Outcome outcome = ruled.of(Delivery.answered(Phase.DOT, Map.of(), reply), SmtpOutcomeTest::named, "");

        assertThat(outcome)
                .isEqualTo(AnswerRules.none()
                        .and(".*", meaning)
                        .read(reply.answer(), "smtp_550", java.util.Optional.empty())
                        .orElseThrow());
    }

    @Test
    @DisplayName("C10 rules read a refused login without its words, which may repeat the credential")
    void keepsTheWordsOfARefusedLoginFromTheRules() {
        SmtpOutcome ruled = new SmtpOutcome(AnswerRules.none().and("^535 5\\.7\\.8$", Meaning.UNAVAILABLE));
        SmtpReply reply = SmtpReply.of(535, "535 5.7.8 canary is wrong\n");

        Outcome outcome = ruled.of(Delivery.answered(Phase.LOGIN, Map.of(), reply), SmtpOutcomeTest::named, "");

        assertThat(outcome).isEqualTo(new Unavailable("smtp_535", "535 5.7.8"));
    }

    @Test
    @DisplayName("C13 a reply in UTF-8 is one line, though a byte of it looks like Unicode's next line")
    void readsAReplyInUtf8() {
        String cyrillic =
                new String("250 \u043f\u0440\u0438\u043d\u044f\u0442 \u0438\u0445".getBytes(UTF_8), ISO_8859_1);

        assertThat(cyrillic).contains("\u0085");
        assertThat(answered(Phase.DOT, cyrillic)).isEqualTo(new Accepted(""));
    }

    @ParameterizedTest(name = "lines of different codes say nothing: {0} then {1}")
    @CsvSource({"250, 550", "550, 250", "451, 554"})
    void takesLinesThatContradictEachOtherForNoAnswer(int first, int second) {
        String reply = first + "-one\n" + first + "-" + "x".repeat(2_000) + "\n" + second + " two\n";

        Outcome outcome = outcomes.of(
                Delivery.answered(Phase.DOT, Map.of(), SmtpReply.of(first, reply)), SmtpOutcomeTest::named, "");

        assertThat(outcome).isInstanceOf(Unknown.class);
    }

    @Test
    @DisplayName("C11 what was said, and what is written, shows no address and no text")
    void showsNothingPersonal() {
        SmtpReply reply = SmtpReply.of(550, "550 ada@example.org canary\n");

        assertThat(List.of(
                                Delivery.answered(Phase.RCPT, Map.of("ada@example.org", reply), reply),
                                Delivery.broken(Phase.RCPT, new IOException("ada@example.org canary")),
                                MimeText.of("html", "canary"),
                                new MimeParts("mixed", "b", List.of(MimeText.of("plain", "canary"))))
                        .toString())
                .doesNotContain("ada", "canary");
    }

    @Test
    void neverAsksTheRulesWhereNoAnswerCame() {
        SmtpOutcome ruled = new SmtpOutcome(AnswerRules.none().and(".*", Meaning.REJECTED));

        assertThat(ruled.of(Delivery.broken(Phase.DOT, new EOFException()), SmtpOutcomeTest::named, "timeout"))
                .isEqualTo(new Unknown("timeout_after_dot", "the message was written, no answer was read"));
        assertThat(ruled.of(
                        Delivery.answered(Phase.DOT, Map.of(), SmtpReply.of(250, "250 Ok")),
                        SmtpOutcomeTest::named,
                        ""))
                .isEqualTo(new Accepted(""));
    }

    @Test
    @DisplayName("C13 a server's words are masked, escaped and capped")
    void cleansAServersWords() {
        Outcome outcome = answered(Phase.DOT, "554 <ada@example.org> \u0007 " + "x".repeat(5_000));

        assertThat(outcome.reason()).doesNotContain("ada@", "\u0007").hasSizeLessThanOrEqualTo(310);
    }
}
