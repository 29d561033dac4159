package io.mailrouter.benchmarks.smtp;

import io.mailrouter.EmailService;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailAddress;
import io.mailrouter.smtp.SmtpProvider;

/** The service, with the library's provider for SMTP as the only one. */
final class MailrouterSending implements Contender {

    private final EmailService emails;

    MailrouterSending(int port, int messagesPerConnection) {
        emails = EmailService.builder()
                .provider(SmtpProvider.builder()
                        .host("127.0.0.1")
                        .port(port)
                        .plaintext()
                        .maxConnections(SmtpSending.MOST_SENDERS)
                        .maxMessagesPerConnection(messagesPerConnection)
                        .build())
                .build();
    }

    @Override
    public void send(Letter letter) {
        emails.send(Email.builder()
                .from(EmailAddress.of(letter.fromName(), letter.from()))
                .to(letter.to())
                .subject(letter.subject())
                .text(letter.text())
                .build());
    }

    @Override
    public void close() {
        emails.close();
    }
}
