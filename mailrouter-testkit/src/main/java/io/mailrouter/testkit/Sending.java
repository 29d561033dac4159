package io.mailrouter.testkit;

import io.mailrouter.email.Email;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.EmailProvider;
import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** An attempt on a thread of its own, so that a hang fails the test and does not stop it. */
final class Sending {

    /** An attempt as it ended. */
    record Ended(Outcome outcome, boolean interrupted) {}

    private final FutureTask<Ended> attempt;
    private final Thread thread;

    private Sending(FutureTask<Ended> attempt) {
        this.attempt = attempt;
        thread = new Thread(attempt, "mailrouter-contract-send");
        thread.setDaemon(true);
    }

    static Sending start(EmailProvider provider, Email email, Attempt.Context context) {
        return start(new FutureTask<>(() -> send(provider, email, context)));
    }

    /** Begins an attempt on a thread that was interrupted before. */
    static Sending startInterrupted(EmailProvider provider, Email email, Attempt.Context context) {
        return start(new FutureTask<>(() -> {
            Thread.currentThread().interrupt();
            return send(provider, email, context);
        }));
    }

    private static Sending start(FutureTask<Ended> attempt) {
        Sending sending = new Sending(attempt);
        sending.thread.start();
        return sending;
    }

    private static Ended send(EmailProvider provider, Email email, Attempt.Context context) {
        Outcome outcome = provider.send(email, context);
        if (outcome == null) {
            throw new AssertionError("send returned null, which means a defect");
        }
        return new Ended(outcome, Thread.currentThread().isInterrupted());
    }

    void interrupt() {
        thread.interrupt();
    }

    boolean hasEnded() {
        return attempt.isDone();
    }

    /** Waits until it has ended, at most so long, and says whether it has. */
    boolean hasEndedWithin(Duration limit) {
        try {
            thread.join(limit.toMillis() + 1);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
        return hasEnded();
    }

    /** Waits for its end; a hang, an exception or a null fails the test and says so. */
    Ended within(Duration limit, String of) {
        try {
            return attempt.get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException defect) {
            if (defect.getCause() instanceof AssertionError known) {
                throw known;
            }
            throw new AssertionError("send threw an exception, which means a defect", defect.getCause());
        } catch (TimeoutException hang) {
            AssertionError failure = new AssertionError("send did not return within " + limit + " of " + of);
            failure.setStackTrace(thread.getStackTrace());
            thread.interrupt();
            throw failure;
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new AssertionError("the test was interrupted", stop);
        }
    }
}
