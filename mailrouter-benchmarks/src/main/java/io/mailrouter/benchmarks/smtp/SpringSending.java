package io.mailrouter.benchmarks.smtp;

import jakarta.mail.MessagingException;
import jakarta.mail.internet.MimeMessage;
import java.io.UnsupportedEncodingException;
import org.springframework.mail.javamail.JavaMailSenderImpl;
import org.springframework.mail.javamail.MimeMessageHelper;

/** Spring's mail sender, which opens a connection for each message and has no pool to be told of. */
final class SpringSending implements Contender {

    private final JavaMailSenderImpl sender = new JavaMailSenderImpl();

    SpringSending(int port) {
        sender.setHost("127.0.0.1");
        sender.setPort(port);
    }

    @Override
    public void send(Letter letter) throws MessagingException, UnsupportedEncodingException {
        MimeMessage message = sender.createMimeMessage();
        MimeMessageHelper helper = new MimeMessageHelper(message, "UTF-8");
        helper.setFrom(letter.from(), letter.fromName());
        helper.setTo(letter.to());
        helper.setSubject(letter.subject());
        helper.setText(letter.text());
        sender.send(message);
    }
}
