package io.mailrouter.benchmarks.scale;

import io.mailrouter.EmailService;
import io.mailrouter.EmailServiceBuilder;
import io.mailrouter.benchmarks.InstantProvider;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import java.util.ArrayList;
import java.util.List;

/**
 * How the cost of a decision and of a send grows with the number of providers, and that of an email and of its send with
 * the number of recipients.
 *
 * <p>The providers accept at once, in memory: what is measured is the service, with its defaults. What a provider makes of
 * more recipients is among the hot paths. {@code scale.warmUps}, {@code scale.rounds} and {@code scale.turnMillis} say how
 * many turns there are and how long each takes, by default 5, 7 and 300: a minute in all.
 */
public final class SendCost {

    private static final int[] PROVIDERS = {1, 3, 10, 25, 50};
    private static final int[] RECIPIENTS = {1, 10, 50};
    private static final int THREE = 3;
    private static final int SENDS_TO_KNOW_ONE = 100;

    private SendCost() {}

    /** Measures and prints a row for each. */
    public static void main(String[] args) {
        List<EmailService> services = new ArrayList<>();
        try {
            Loops byProviders = new Loops("growth with providers");
            for (int providers : PROVIDERS) {
                EmailService emails = service(providers);
                services.add(emails);
                Email email = email(1);
                byProviders.add("decision explained, providers " + providers, () -> emails.route(email));
                byProviders.add("accepted send, providers " + providers, () -> emails.trySend(email));
            }
            Loops byRecipients = new Loops("growth with recipients");
            EmailService emails = service(THREE);
            services.add(emails);
            for (int recipients : RECIPIENTS) {
                Email email = email(recipients);
                byRecipients.add("building, recipients " + recipients, () -> email(recipients));
                byRecipients.add("accepted send, recipients " + recipients, () -> emails.trySend(email));
            }
            for (Loops loops : List.of(byProviders, byRecipients)) {
                loops.rows().forEach(row -> System.out.println(row.markdown()));
            }
        } finally {
            services.forEach(EmailService::close);
        }
    }

    /** Returns one that has sent through each of its providers, so that there is something to compare. */
    private static EmailService service(int providers) {
        EmailServiceBuilder builder = EmailService.builder();
        for (int i = 0; i < providers; i++) {
            builder.provider(new InstantProvider("provider-" + i));
        }
        EmailService emails = builder.build();
        for (int i = 0; i < providers; i++) {
            Email one = email(1).toBuilder().onlyProviders("provider-" + i).build();
            for (int sent = 0; sent < SENDS_TO_KNOW_ONE; sent++) {
                emails.send(one);
            }
        }
        return emails;
    }

    private static Email email(int recipients) {
        EmailBuilder email = Email.builder()
                .from("Shop <no-reply@example.com>")
                .subject("Your order")
                .text("It is on its way.");
        for (int i = 0; i < recipients; i++) {
            email.to("reader-" + i + "@example.org");
        }
        return email.build();
    }
}
