package io.mailrouter;

import io.mailrouter.email.Email;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.EmailProvider;
import io.mailrouter.provider.Outcome;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
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
        if (honoursDeadline()) {
            return new Answer.Tried(call(email, context), time.since(start));
        }
        AtomicBoolean taken = new AtomicBoolean();
        Future<Outcome> call;
        try {
            call = executor.submit(() -> taken.compareAndSet(false, true) ? call(email, context) : notBegun());
        } catch (RejectedExecutionException full) {
            return noThread();
        }
        Outcome outcome = await(call, context);
        // Whoever comes first takes the attempt: a call that had to wait too long for a thread must not begin any more.
        return taken.compareAndSet(false, true) ? noThread() : new Answer.Tried(outcome, time.since(start));
    }

    private boolean honoursDeadline() {
        try {
            return provider.capabilities().honoursDeadline();
        } catch (Throwable defect) {
            return false;
        }
    }

    private static Answer noThread() {
        return new Answer.PassedOver(Skipped.Reason.BUSY, "no thread was free", Optional.empty());
    }

    private static Outcome notBegun() {
        return new Outcome.Unavailable("not_begun", "no thread was free in time");
    }

    private Outcome call(Email email, Attempt.Context context) {
        try {
            return orUnknown(provider.send(email, context));
        } catch (Throwable defect) {
            return unknown(defect);
        }
    }

    private Outcome await(Future<Outcome> call, Attempt.Context context) {
        try {
            return call.get(context.remaining().toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException late) {
            return new Outcome.Unknown("deadline", "no answer within the deadline; the call goes on");
        } catch (InterruptedException stop) {
            call.cancel(true);
            Thread.currentThread().interrupt();
            return new Outcome.Unknown("interrupted", "the sending thread was interrupted");
        } catch (ExecutionException | CancellationException defect) {
            return unknown(defect);
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
