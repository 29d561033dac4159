package io.mailrouter.benchmarks.smtp;

import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.io.UnsupportedEncodingException;
import java.util.Deque;
import java.util.Properties;
import java.util.concurrent.ConcurrentLinkedDeque;

/**
 * What one would write by hand with Angus Mail and find fastest: as many transports as senders, each kept open. Nobody
 * looks whether a kept connection still lives, and no time is bounded.
 */
final class AngusSending implements Contender {

    private final Session session;
    private final Deque<Transport> kept = new ConcurrentLinkedDeque<>();

    AngusSending(int port) {
        Properties properties = new Properties();
        properties.put("mail.transport.protocol", "smtp");
        properties.put("mail.smtp.host", "127.0.0.1");
        properties.put("mail.smtp.port", Integer.toString(port));
        session = Session.getInstance(properties);
    }

    @Override
    public void send(Letter letter) throws MessagingException, UnsupportedEncodingException {
        MimeMessage message = message(letter);
        Transport last = kept.pollFirst();
        Transport transport = last == null ? connected() : last;
        transport.sendMessage(message, message.getAllRecipients());
        kept.addFirst(transport);
    }

    private Transport connected() throws MessagingException {
        Transport transport = session.getTransport();
        transport.connect();
        return transport;
    }

    private MimeMessage message(Letter letter) throws MessagingException, UnsupportedEncodingException {
        MimeMessage message = new MimeMessage(session);
        message.setFrom(new InternetAddress(letter.from(), letter.fromName()));
        message.setRecipient(Message.RecipientType.TO, new InternetAddress(letter.to()));
        message.setSubject(letter.subject(), "UTF-8");
        message.setText(letter.text(), "UTF-8");
        message.saveChanges();
        return message;
    }

    @Override
    public void close() throws MessagingException {
        for (Transport transport : kept) {
            transport.close();
        }
    }
}
