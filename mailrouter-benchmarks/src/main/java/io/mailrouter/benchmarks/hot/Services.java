package io.mailrouter.benchmarks.hot;

import io.mailrouter.EmailService;
import io.mailrouter.EmailServiceBuilder;
import io.mailrouter.benchmarks.InstantProvider;
import io.mailrouter.email.Email;

/** Services whose providers cost nothing, so that what is measured is the service. */
final class Services {

    private static final int WARM = 100;

    private Services() {}

    /** Returns one with the defaults that has seen sends through each of so many providers. */
    static EmailService instant(int providers) {
        EmailServiceBuilder builder = EmailService.builder();
        for (int i = 0; i < providers; i++) {
            builder.provider(new InstantProvider(name(i)));
        }
        EmailService emails = builder.build();
        for (int i = 0; i < providers; i++) {
            Email one = Example.SHORT.builder().onlyProviders(name(i)).build();
            for (int sent = 0; sent < WARM; sent++) {
                emails.send(one);
            }
        }
        return emails;
    }

    private static String name(int index) {
        return "provider-" + index;
    }
}
