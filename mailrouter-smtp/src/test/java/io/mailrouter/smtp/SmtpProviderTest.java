package io.mailrouter.smtp;

import static io.mailrouter.smtp.SmtpServers.LONG;
import static io.mailrouter.smtp.SmtpServers.draft;
import static io.mailrouter.smtp.SmtpServers.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.email.Email;
import io.mailrouter.provider.AnswerRules;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Accepted;
import io.mailrouter.provider.Outcome.Partial;
import io.mailrouter.provider.Outcome.Throttled;
import io.mailrouter.provider.Outcome.Unavailable;
import io.mailrouter.provider.Outcome.Unknown;
import io.mailrouter.testkit.LoopbackSmtp;
import io.mailrouter.testkit.SmtpBehaviour;
import io.mailrouter.testkit.SmtpPhase;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class SmtpProviderTest {

    private static final Duration SHORT = Duration.ofMillis(400);

    private final LoopbackSmtp server = LoopbackSmtp.start();
    private final SmtpProvider provider = SmtpServers.to(server).build();

    @AfterEach
    void close() {
        provider.close();
        server.close();
    }

    private Outcome sendWithin(Duration time) {
        return provider.send(draft().build(), Attempt.Context.within(time));
    }

    @Test
    void handsOverAMessageAndReturnsTheServersId() {
        Outcome outcome = send(provider, draft().build());

        assertThat(outcome).isEqualTo(new Accepted("smtp-1"));
        assertThat(server.accepted()).singleElement().satisfies(mail -> {
            assertThat(mail.envelopeFrom()).isEqualTo("no-reply@example.com");
            assertThat(mail.recipients()).containsExactly("ada@example.org");
            assertThat(mail.parameters()).startsWith("SIZE=");
        });
    }

    @Test
    @DisplayName("P1 refused connection: not sent")
    void knowsARefusedConnection() {
        server.behave(SmtpBehaviour.refuseConnections());

        assertThat(send(provider, draft().build()))
                .isEqualTo(new Unavailable("connection_refused", "nothing was sent"));
    }

    @Test
    @DisplayName("P1 unknown host: not sent")
    void knowsAHostThatDoesNotExist() {
        try (SmtpProvider lost =
                SmtpProvider.builder().host("mail.invalid").plaintext().build()) {
            assertThat(send(lost, draft().build()).code()).isEqualTo("unknown_host");
        }
    }

    @ParameterizedTest(name = "S1 silent at {0}: not sent, in time")
    @EnumSource(
            value = SmtpPhase.class,
            names = {"CONNECT", "EHLO", "MAIL", "RCPT", "DATA"})
    void endsWaitingForASilentServer(SmtpPhase phase) {
        server.behave(SmtpBehaviour.hang(phase));
        try (SmtpProvider impatient =
                SmtpServers.to(server).responseTimeout(SHORT).build()) {
            assertThat(send(impatient, draft().build())).isEqualTo(new Unavailable("read_timeout", "nothing was sent"));
        }
        assertThat(server.accepted()).isEmpty();
        await().atMost(LONG).until(() -> server.connections() == 1 && server.openConnections() == 0);
    }

    @ParameterizedTest(name = "S1 P6 a byte now and then at {0}: cut at the deadline, not sent")
    @EnumSource(
            value = SmtpPhase.class,
            names = {"CONNECT", "EHLO", "MAIL", "RCPT", "DATA"})
    void cutsADrippingServerAtTheDeadline(SmtpPhase phase) {
        server.behave(SmtpBehaviour.drip(phase, "250 " + "x".repeat(1000), Duration.ofMillis(50)));
        long begin = System.nanoTime();

        assertThat(sendWithin(SHORT)).isEqualTo(new Unavailable("timeout", "nothing was sent"));
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isBetween(SHORT, SHORT.plusSeconds(5));
    }

    @ParameterizedTest(name = "S2 421 at {0}: not sent, connection given up")
    @EnumSource(
            value = SmtpPhase.class,
            names = {"CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "DOT"})
    void givesAConnectionUpThatTheServerEnds(SmtpPhase phase) {
        server.next(SmtpBehaviour.answer(phase, "421 4.3.2 going down"));

        assertThat(send(provider, draft().build())).isEqualTo(new Unavailable("smtp_421", "4.3.2 going down"));
        assertThat(send(provider, draft().build())).isInstanceOf(Accepted.class);
        assertThat(server.connections()).isEqualTo(2);
        assertThat(server.accepted()).hasSize(1);
    }

    @ParameterizedTest(name = "S3 {0} answered with {1} is {2}")
    @CsvSource({
        "MAIL, 451 4.3.0 later, unavailable",
        "MAIL, 550 5.7.1 not you, misconfigured",
        "MAIL, 553 no such sender, misconfigured",
        "MAIL, 530 5.7.0 log in first, misconfigured",
        "MAIL, 552 5.3.4 too big, misconfigured",
        "RCPT, 550 5.1.1 no such user, rejected",
        "RCPT, 551 elsewhere, rejected",
        "RCPT, 553 bad name, rejected",
        "RCPT, 501 bad syntax, rejected",
        "RCPT, 503 bad sequence, rejected",
        "RCPT, 450 greylisted, unavailable",
        "RCPT, 451 later, unavailable",
        "RCPT, 452 full, unavailable",
        "RCPT, 552 full, unavailable",
        "DATA, 451 later, unavailable",
        "DATA, 554 no, rejected",
        "DOT, 451 4.3.0 later, unavailable",
        "DOT, 452 disk full, unavailable",
        "DOT, 454 Throttling failure: Maximum sending rate exceeded., throttled",
        "DOT, 454 Throttling failure: Daily message quota exceeded., quota_exhausted",
        "DOT, 554 5.6.0 bad content, rejected",
        "DOT, 554 Message rejected: Email address is not verified., misconfigured"
    })
    void readsARefusalByItsPhase(SmtpPhase phase, String reply, String word) {
        server.next(SmtpBehaviour.answer(phase, reply));

        Outcome outcome = send(provider, draft().build());

        assertThat(outcome.word()).isEqualTo(word);
        assertThat(outcome.code()).isEqualTo("smtp_" + reply.substring(0, 3));
        assertThat(server.accepted()).isEmpty();
        assertThat(send(provider, draft().build())).isInstanceOf(Accepted.class);
        assertThat(server.connections())
                .as("kept, for the server still answers")
                .isOne();
    }

    @Test
    @DisplayName("S3 P20 some recipients refused: a result for each, and who may be tried again")
    void tellsWhoWasRefused() {
        server.refuse("nobody@example.org", "550 5.1.1 <nobody@example.org> no such user");
        server.refuse("full@example.org", "452 4.2.2 mailbox full");
        Email email = draft().cc("Nobody <nobody@example.org>")
                .bcc("full@example.org")
                .bcc("nobody@example.org")
                .build();

        Outcome outcome = send(provider, email);

        assertThat(outcome).isInstanceOfSatisfying(Partial.class, partial -> {
            assertThat(partial.messageId()).isEqualTo("smtp-1");
            assertThat(partial.refused())
                    .extracting(refusal -> refusal.recipient().name() + " "
                            + refusal.recipient().address() + " " + refusal.code() + " " + refusal.temporary())
                    .containsExactly(
                            "Nobody nobody@example.org smtp_550 false",
                            " nobody@example.org smtp_550 false",
                            " full@example.org smtp_452 true");
            assertThat(partial.refused().get(0).reason()).doesNotContain("nobody@");
        });
        assertThat(server.accepted())
                .singleElement()
                .satisfies(mail -> assertThat(mail.recipients()).containsExactly("ada@example.org"));
        assertThat(server.recipients()).as("each address once").isEqualTo(3);
    }

    @Test
    @DisplayName("S3 all recipients refused, one of them for now: nothing sent, and all may go on")
    void goesOnWhileOneRecipientMayBeTaken() {
        server.refuse("ada@example.org", "550 5.1.1 no such user");
        server.refuse("full@example.org", "451 4.2.1 later");

        Outcome outcome = send(provider, draft().cc("full@example.org").build());

        assertThat(outcome).isEqualTo(new Unavailable("smtp_451", "4.2.1 later"));
        assertThat(server.messages()).isZero();
    }

    @ParameterizedTest(name = "S4 {0}: unknown, connection closed, one message at the server")
    @ValueSource(
            strings = {"acceptThenClose", "acceptThenReset", "acceptThenHang", "acceptThenDrip", "acceptThenFlood"})
    void doesNotKnowWhatFollowedTheDot(String how) {
        server.next(
                switch (how) {
                    case "acceptThenClose" -> SmtpBehaviour.acceptThenClose();
                    case "acceptThenReset" -> SmtpBehaviour.acceptThenReset();
                    case "acceptThenHang" -> SmtpBehaviour.acceptThenHang();
                    case "acceptThenDrip" -> SmtpBehaviour.acceptThenDrip(Duration.ofMillis(200));
                    default -> SmtpBehaviour.acceptThenFlood();
                });

        Outcome outcome = sendWithin(Duration.ofSeconds(2));

        assertThat(outcome).isInstanceOf(Unknown.class);
        assertThat(outcome.code()).endsWith("_after_dot");
        assertThat(server.messages()).isOne();
        assertThat(server.connections()).isOne();
        await().atMost(LONG).until(() -> server.openConnections() == 0);
    }

    @Test
    @DisplayName("S4 the time after the dot has its own limit")
    void waitsLongerAfterTheDot() {
        server.behave(SmtpBehaviour.acceptAfter(Duration.ofSeconds(4)));
        try (SmtpProvider patient = SmtpServers.to(server)
                        .responseTimeout(Duration.ofSeconds(3))
                        .build();
                SmtpProvider impatient =
                        SmtpServers.to(server).acceptTimeout(SHORT).build()) {
            assertThat(send(patient, draft().build())).isInstanceOf(Accepted.class);
            assertThat(send(impatient, draft().build()).code()).isEqualTo("read_timeout_after_dot");
        }
    }

    @Test
    @DisplayName("S4 garbage after the dot: unknown")
    void doesNotKnowWhatGarbageMeansAfterTheDot() {
        server.next(SmtpBehaviour.answer(SmtpPhase.DOT, "\u0001\u0002 what"));

        assertThat(send(provider, draft().build())).isInstanceOf(Unknown.class);
    }

    @Test
    @DisplayName("S5 P4 reset inside the body: not sent")
    void knowsThatAResetInsideTheBodySendsNothing() {
        server.next(SmtpBehaviour.resetInBody(1000));
        Email big = draft().text("line\r\n".repeat(1_000_000)).build();

        assertThat(send(provider, big)).isEqualTo(new Unavailable("reset", "nothing was sent"));
        assertThat(server.messages()).isZero();
        assertThat(send(provider, draft().build())).isInstanceOf(Accepted.class);
    }

    @Test
    @DisplayName("S9 no SMTPUTF8: an international domain goes as A-labels, a Unicode local part is not eligible")
    void learnsWhetherTheServerKnowsUnicode() {
        Email domain = draft().to("ada@b\u00fccher.example").build();
        Email local = draft().to("\u00fcnal@example.org").build();
        assertThat(provider.capabilities().unfit(local))
                .hasValueSatisfying(why -> assertThat(why).contains("UNICODE_LOCAL_PART"));
        server.offer("8BITMIME");

        assertThat(send(provider, domain)).isInstanceOf(Accepted.class);
        assertThat(server.accepted().get(0).recipients())
                .containsExactly("ada@example.org", "ada@xn--bcher-kva.example");
        assertThat(provider.capabilities().unfit(local)).isPresent();
    }

    @Test
    @DisplayName("S9 SMTPUTF8 offered: a Unicode local part goes through from then on")
    void sendsToAUnicodeLocalPartOnceItMay() {
        Email local = draft().to("\u00fcnal@example.org").build();
        send(provider, draft().build());

        assertThat(provider.capabilities().unfit(local)).isEmpty();
        assertThat(send(provider, local)).isInstanceOf(Accepted.class);
        assertThat(server.accepted().get(1)).satisfies(mail -> {
            assertThat(mail.recipients()).contains("\u00fcnal@example.org");
            assertThat(mail.parameters()).contains("SMTPUTF8");
        });
    }

    @Test
    @DisplayName("T2 no attempt begins that has no time")
    void beginsNothingWithoutTime() {
        assertThat(sendWithin(Duration.ZERO).code()).isEqualTo("no_time_left");
        assertThat(server.connections()).isZero();
    }

    @Test
    void asksTheUsersRulesFirst() {
        try (SmtpProvider ruled = SmtpServers.to(server)
                .rules(AnswerRules.none().and("^550 5\\.7\\.999 ", AnswerRules.Meaning.THROTTLED))
                .build()) {
            server.next(SmtpBehaviour.answer(SmtpPhase.DOT, "550 5.7.999 come back"));

            assertThat(send(ruled, draft().build())).isInstanceOf(Throttled.class);
        }
    }

    @Test
    @DisplayName("C6 no byte names a blind copy")
    void hidesBlindCopies() {
        send(provider, draft().bcc("Secret <canary@example.net>").build());

        assertThat(server.accepted().get(0).recipients()).contains("canary@example.net");
        assertThat(new String(server.accepted().get(0).wire(), StandardCharsets.ISO_8859_1))
                .doesNotContainIgnoringCase("bcc")
                .doesNotContain("canary", "Secret");
    }
}
