package io.mailrouter.redis;

import io.mailrouter.email.Email;
import io.mailrouter.email.Feature;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.EmailProvider;
import io.mailrouter.provider.Outcome;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** Accepts all, unless told otherwise, and counts the attempts of each key. */
final class CountingProvider implements EmailProvider {

    private final Map<String, Integer> attempts = new ConcurrentHashMap<>();
    volatile Supplier<Outcome> script = () -> new Outcome.Accepted("m-1");

    /** Returns how many attempts there were in all. */
    int attempts() {
        return attempts.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** Returns how many attempts there were for each key. */
    Map<String, Integer> byKey() {
        return attempts;
    }

    @Override
    public String name() {
        return "only";
    }

    @Override
    public Capabilities capabilities() {
        return Capabilities.builder()
                .features(Feature.values())
                .honoursDeadline()
                .build();
    }

    @Override
    public Outcome send(Email email, Attempt.Context context) {
        attempts.merge(email.idempotencyKey(), 1, Integer::sum);
        return script.get();
    }
}
