package io.mailrouter.micrometer;

import io.mailrouter.email.Email;
import io.mailrouter.email.Feature;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.EmailProvider;
import io.mailrouter.provider.Outcome;
import java.util.function.Supplier;

/** Answers what it is told to. */
record ScriptedProvider(String name, Capabilities capabilities, Supplier<Outcome> script) implements EmailProvider {

    ScriptedProvider(String name, Supplier<Outcome> script) {
        this(
                name,
                Capabilities.builder()
                        .features(Feature.values())
                        .honoursDeadline()
                        .build(),
                script);
    }

    static ScriptedProvider accepting(String name) {
        return new ScriptedProvider(name, () -> new Outcome.Accepted("m"));
    }

    static ScriptedProvider failing(String name, String code) {
        return new ScriptedProvider(name, () -> new Outcome.Unavailable(code, ""));
    }

    @Override
    public Outcome send(Email email, Attempt.Context context) {
        return script.get();
    }
}
