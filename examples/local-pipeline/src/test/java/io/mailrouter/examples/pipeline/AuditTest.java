package io.mailrouter.examples.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.email.Email;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Secret;
import io.mailrouter.sendgrid.SendGridProvider;
import io.mailrouter.sqs.message.EmailMessages;
import io.mailrouter.testkit.AcceptedEmail;
import io.mailrouter.testkit.LoopbackSendGrid;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The audit is what the main job's promise rests on, so it must see each way of breaking it. */
class AuditTest {

    private final List<Mail> mails = new Mails(7).make(550);
    private LoopbackSendGrid server;

    @BeforeEach
    void start() {
        server = LoopbackSendGrid.start();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private List<AcceptedEmail> sendAllValid() {
        try (SendGridProvider provider = SendGridProvider.builder()
                .apiKey(Secret.of("SG.test"))
                .endpoint(server.url())
                .build()) {
            for (Mail mail : mails) {
                if (mail.isEmail()) {
                    Email email = EmailMessages.upToDefaultSize().read(mail.body());
                    provider.send(email, Attempt.Context.within(Duration.ofSeconds(30)));
                }
            }
        }
        return new ArrayList<>(server.accepted());
    }

    private List<Queue.DeadLetter> malformed() {
        return mails.stream()
                .filter(mail -> !mail.isEmail())
                .map(mail -> new Queue.DeadLetter(mail.body(), "malformed", "not_json"))
                .toList();
    }

    @Test
    void passesWhenEverythingArrivedOnce() {
        Audit audit = new Audit(mails, sendAllValid(), malformed());

        assertThat(audit.findings()).isEmpty();
        assertThat(audit.passed()).isTrue();
    }

    @Test
    void seesALostMail() {
        List<AcceptedEmail> accepted = sendAllValid();
        accepted.remove(3);

        Audit audit = new Audit(mails, accepted, malformed());

        assertThat(audit.lost()).isPositive();
        assertThat(audit.passed()).isFalse();
    }

    @Test
    void seesADuplicate() {
        List<AcceptedEmail> accepted = sendAllValid();
        accepted.add(accepted.get(3));

        assertThat(new Audit(mails, accepted, malformed()).duplicates()).isPositive();
    }

    @Test
    void seesAMalformedMessageThatVanished() {
        assertThat(new Audit(mails, sendAllValid(), List.of()).lost())
                .isEqualTo(malformed().size());
    }

    @Test
    void seesAnAlteredMail() {
        List<AcceptedEmail> accepted = sendAllValid();
        List<Mail> expected = new ArrayList<>(mails);
        Mail mail = expected.get(0);
        expected.set(0, new Mail(mail.number(), mail.body(), mail.recipients(), List.of("subject another")));

        assertThat(new Audit(expected, accepted, malformed()).altered()).isPositive();
    }

    @Test
    void seesAMailThatWasDeadLetteredForNoGoodReason() {
        List<AcceptedEmail> accepted = sendAllValid();
        accepted.remove(0);
        List<Queue.DeadLetter> dead = new ArrayList<>(malformed());
        dead.add(new Queue.DeadLetter(mails.get(0).body(), "rejected", "http_400"));

        assertThat(new Audit(mails, accepted, dead).lost()).isPositive();
    }

    @Test
    void seesAMailThatNobodyAskedFor() {
        List<AcceptedEmail> accepted = sendAllValid();
        List<Mail> fewer = mails.subList(0, mails.size() - 1);

        assertThat(new Audit(fewer, accepted, malformed()).passed()).isFalse();
    }

    @Test
    void countsAnUnknownMailOnce() {
        List<AcceptedEmail> accepted = sendAllValid();
        List<Queue.DeadLetter> dead = new ArrayList<>(malformed());
        dead.add(new Queue.DeadLetter(mails.get(0).body(), "unknown", "timeout"));

        Audit audit = new Audit(mails, accepted, dead);

        assertThat(audit.unknown()).isEqualTo(1);
        assertThat(audit.unknownButAccepted()).isEqualTo(1);
        assertThat(audit.passed()).isTrue();
    }
}
