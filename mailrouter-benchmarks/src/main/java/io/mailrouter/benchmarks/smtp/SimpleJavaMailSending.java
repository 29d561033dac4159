package io.mailrouter.benchmarks.smtp;

import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.simplejavamail.api.mailer.Mailer;
import org.simplejavamail.api.mailer.config.TransportStrategy;
import org.simplejavamail.email.EmailBuilder;
import org.simplejavamail.mailer.MailerBuilder;
import org.simplejavamail.mailer.internal.MailerRegularBuilderImpl;

/** Simple Java Mail with the connection pool of its batch module. */
final class SimpleJavaMailSending implements Contender {

    private final Mailer mailer;

    private SimpleJavaMailSending(Mailer mailer) {
        this.mailer = mailer;
    }

    /** At most four connections, each closed after five seconds, and every address checked. */
    static Contender byDefault(int port) {
        return new SimpleJavaMailSending(builder(port).buildMailer());
    }

    /** A connection for each sender, kept as long as the library keeps its own, and no checks. */
    static Contender tuned(int port) {
        return new SimpleJavaMailSending(builder(port)
                .withConnectionPoolMaxSize(SmtpSending.MOST_SENDERS)
                .withConnectionPoolExpireAfterMillis((int) TimeUnit.MINUTES.toMillis(5))
                .disablingAllClientValidation(true)
                .buildMailer());
    }

    private static MailerRegularBuilderImpl builder(int port) {
        return MailerBuilder.withSMTPServer("127.0.0.1", port).withTransportStrategy(TransportStrategy.SMTP);
    }

    @Override
    public void send(Letter letter) throws Exception {
        mailer.sendMail(EmailBuilder.startingBlank()
                        .from(letter.fromName(), letter.from())
                        .to(letter.to())
                        .withSubject(letter.subject())
                        .withPlainText(letter.text())
                        .buildEmail())
                .get();
    }

    @Override
    public void close() {
        Future<?> unused = mailer.shutdownConnectionPool();
    }
}
