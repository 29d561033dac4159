package io.mailrouter;

import io.mailrouter.email.Email;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.EmailProvider;
import io.mailrouter.provider.Outcome;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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

    GuardedProvider(EmailProvider provider, String name, ExecutorService executor, Time time) {
        this.provider = provider;
        this.name = name;
        this.executor = executor;
        this.time = time;
    }

    @Override
    public Answer send(Email email, Attempt.Context context) {
        long start = time.nanos();
        Outcome outcome = provider.capabilities().honoursDeadline() ? call(email, context) : callAside(email, context);
        return new Answer.Tried(outcome, time.since(start));
    }

    private Outcome call(Email email, Attempt.Context context) {
        try {
            return orUnknown(provider.send(email, context));
        } catch (Throwable defect) {
            return unknown(defect);
        }
    }

    private Outcome callAside(Email email, Attempt.Context context) {
        Future<Outcome> call;
        try {
            call = executor.submit(() -> provider.send(email, context));
        } catch (RejectedExecutionException full) {
            return new Outcome.Unavailable("no_thread", "the executor takes no more work");
        }
        try {
            return orUnknown(call.get(context.remaining().toNanos(), TimeUnit.NANOSECONDS));
        } catch (TimeoutException late) {
            return new Outcome.Unknown("deadline", "no answer within the deadline; the call goes on");
        } catch (InterruptedException stop) {
            call.cancel(true);
            Thread.currentThread().interrupt();
            return new Outcome.Unknown("interrupted", "the sending thread was interrupted");
        } catch (ExecutionException defect) {
            return unknown(defect.getCause());
        }
    }

    private Outcome orUnknown(@Nullable Outcome outcome) {
        return outcome != null ? outcome : unknown(new NullPointerException("provider returned null"));
    }

    /** Only the type is told: the message of a foreign exception may hold an address. */
    private Outcome unknown(@Nullable Throwable defect) {
        String type = defect == null ? "unknown" : defect.getClass().getSimpleName();
        log.warn("Provider {} broke its contract with a {}: the outcome of this attempt is unknown", name, type);
        log.debug("Defect of provider {}", name, defect);
        return new Outcome.Unknown("defect", "provider threw " + type);
    }
}
