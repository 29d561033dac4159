package io.mailrouter.smtp;

import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import io.mailrouter.testkit.LoopbackSmtp;
import java.time.Duration;

/** What most tests of this module begin with. */
final class SmtpServers {

    static final Duration LONG = Duration.ofSeconds(20);

    private SmtpServers() {}

    /** Returns a builder that reaches a server in plain text. */
    static SmtpProvider.Builder to(LoopbackSmtp server) {
        return SmtpProvider.builder()
                .host("127.0.0.1")
                .port(server.port())
                .plaintext()
                .connectTimeout(Duration.ofSeconds(10))
                .responseTimeout(Duration.ofSeconds(10));
    }

    static EmailBuilder draft() {
        return Email.builder()
                .from("Shop <no-reply@example.com>")
                .to("ada@example.org")
                .subject("Your order")
                .text("Hello Ada");
    }

    static Outcome send(SmtpProvider provider, Email email) {
        return provider.send(email, Attempt.Context.within(LONG));
    }
}
