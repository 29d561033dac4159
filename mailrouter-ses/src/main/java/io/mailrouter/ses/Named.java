package io.mailrouter.ses;

import io.mailrouter.email.Email;
import io.mailrouter.provider.Outcome.Scope;
import java.util.Optional;

/**
 * How far a fault in what a request names reaches: what the email itself names is at fault for emails like it, what
 * the provider adds is so for every other email as well.
 *
 * @param configuration how far a fault in a configuration set or a tenant reaches
 * @param anything how far it reaches where the service does not say in what: a template, above all
 */
record Named(Scope configuration, Scope anything) {

    static Named by(Email email) {
        Optional<SesOptions> options = email.options(SesOptions.class);
        boolean configuration = options.isPresent()
                && !(options.get().configurationSet().isEmpty()
                        && options.get().tenant().isEmpty());
        boolean anything = options.isPresent() || email.template().isPresent();
        return new Named(reach(configuration), reach(anything));
    }

    private static Scope reach(boolean ofEmail) {
        return ofEmail ? Scope.REQUEST : Scope.ACCOUNT;
    }
}
