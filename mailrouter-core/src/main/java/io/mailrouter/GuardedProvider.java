package io.mailrouter;

import io.mailrouter.email.Email;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.EmailProvider;
import io.mailrouter.provider.Outcome;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that every attempt ends in time and in an {@link Outcome}, whatever the provider does.
 *
 * <p>A provider that keeps the deadline itself runs on the caller's thread; any other on the executor, so that its
 * hang cannot take the caller along. What it threw or left unanswered may have been sent, so it is unknown.
 */
final class GuardedProvider implements GatedProvider {

    private static final Logger log = LoggerFactory.getLogger(EmailService.class);

    private final EmailProvider provider;
    private final String name;
    private final ExecutorService executor;
    private final Time time;
    private final Set<CallAside> goingOn;

    GuardedProvider(EmailProvider provider, String name, ExecutorService executor, Time time) {
        this(provider, name, executor, time, ConcurrentHashMap.newKeySet());
    }

    private GuardedProvider(
            EmailProvider provider, String name, ExecutorService executor, Time time, Set<CallAside> goingOn) {
        this.provider = provider;
        this.name = name;
        this.executor = executor;
        this.time = time;
        this.goingOn = goingOn;
    }

    /** Returns the same guard around another way to the same provider. */
    GuardedProvider around(EmailProvider other) {
        return new GuardedProvider(other, name, executor, time, goingOn);
    }

    @Override
    public Answer send(Email email, Attempt.Context context) {
        long start = time.nanos();
        if (honoursDeadline()) {
            return new Answer.Tried(call(email, context), time.since(start));
        }
        CallAside call = new CallAside(() -> call(email, context), time);
        if (!call.begin(executor)) {
            return CallAside.NO_THREAD;
        }
        Answer answer = call.await(context.remaining());
        if (answer instanceof Answer.Tried tried && tried.late().isPresent()) {
            goingOn.add(call);
            return tried.noting(end -> goingOn.remove(call));
        }
        return answer;
    }

    /** Interrupts the calls that go on after their attempts; they end as they please. */
    void cancel() {
        goingOn.forEach(CallAside::cancel);
    }

    private boolean honoursDeadline() {
        try {
            return provider.capabilities().honoursDeadline();
        } catch (Throwable defect) {
            return false;
        }
    }

    private Outcome call(Email email, Attempt.Context context) {
        try {
            return orUnknown(provider.send(email, context));
        } catch (Throwable defect) {
            return unknown(defect);
        }
    }

    private Outcome orUnknown(@Nullable Outcome outcome) {
        return outcome != null ? outcome : unknown(new NullPointerException("provider returned null"));
    }

    /** Only the type is told: the message of a foreign exception may hold an address. */
    private Outcome unknown(Throwable defect) {
        String type = defect.getClass().getSimpleName();
        log.warn("Provider {} broke its contract with a {}: the outcome of this attempt is unknown", name, type);
        debug(defect);
        return new Outcome.Unknown("defect", "provider threw " + type);
    }

    /** What throws when it is thrown at us may throw again when it is asked what it is. */
    private void debug(Throwable defect) {
        try {
            log.debug("Defect of provider {}", name, defect);
        } catch (Throwable another) {
            log.debug("Defect of provider {}: it cannot be told", name);
        }
    }
}
