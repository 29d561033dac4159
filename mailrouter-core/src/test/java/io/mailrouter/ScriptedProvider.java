package io.mailrouter;

import io.mailrouter.email.Email;
import io.mailrouter.email.Feature;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.EmailProvider;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Probe;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Answers what it is told to, and remembers what it was asked. */
final class ScriptedProvider implements EmailProvider {

    interface Script {
        Outcome answer(Email email, Attempt.Context context);
    }

    private final String name;
    private final Queue<Outcome> next = new ConcurrentLinkedQueue<>();
    final List<Attempt.Context> attempts = new CopyOnWriteArrayList<>();
    final AtomicInteger closed = new AtomicInteger();
    volatile Script script = (email, context) -> new Outcome.Accepted("m-" + context.number());
    volatile Optional<Probe> probe = Optional.empty();
    volatile Capabilities capabilities =
            Capabilities.builder().features(Feature.values()).honoursDeadline().build();

    ScriptedProvider(String name) {
        this.name = name;
    }

    ScriptedProvider always(Outcome outcome) {
        script = (email, context) -> outcome;
        return this;
    }

    ScriptedProvider next(Outcome... outcomes) {
        next.addAll(List.of(outcomes));
        return this;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Capabilities capabilities() {
        return capabilities;
    }

    @Override
    public Outcome send(Email email, Attempt.Context context) {
        attempts.add(context);
        Outcome queued = next.poll();
        return queued != null ? queued : script.answer(email, context);
    }

    @Override
    public Optional<Probe> probe() {
        return probe;
    }

    @Override
    public void close() {
        closed.incrementAndGet();
    }
}
