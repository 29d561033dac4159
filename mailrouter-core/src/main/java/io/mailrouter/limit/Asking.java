package io.mailrouter.limit;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Puts one question at a time to a fleet, and knows whether it answers. Not safe to share between threads. */
final class Asking<Q> {

    /** How long a send waits for an answer, unless it may wait anyway. */
    static final Duration BUDGET = Duration.ofMillis(50);

    /** How long a fleet that has granted too little, or did not answer, is not asked again. */
    private static final long PAUSE = Duration.ofSeconds(1).toNanos();

    /** How long a fleet that was never heard is waited for. */
    private static final long JOINING = Duration.ofMillis(2_500).toNanos();

    private @Nullable Question<Q> question;
    private long firstAsked;
    private boolean asked;
    private boolean answered;
    private boolean away;
    private long failedAt;
    private long pausedUntil;
    private boolean paused;
    private long now;

    /** A question. */
    static final class Question<Q> {

        final Q request;
        final long at;
        private final CompletableFuture<Void> ended = new CompletableFuture<>();
        private boolean sent;
        private boolean late;

        private Question(Q request, long at) {
            this.request = request;
            this.at = at;
        }

        /** Waits for the answer. Returns whether there is one. */
        boolean endsWithin(Duration time) throws InterruptedException {
            try {
                ended.get(time.toNanos(), TimeUnit.NANOSECONDS);
                return true;
            } catch (TimeoutException e) {
                return false;
            } catch (ExecutionException e) {
                throw new IllegalStateException(e);
            }
        }

        /** Lets those go on who wait. To be called without a lock. */
        void end() {
            ended.complete(null);
        }
    }

    void pass(long time) {
        now = time;
    }

    /** Says whether nothing is known yet of the other nodes, and may be soon. */
    boolean isJoining() {
        return !answered && !away && (!asked || now - firstAsked < JOINING);
    }

    /** Says whether the fleet cannot answer. */
    boolean isAway() {
        return !isJoining() && (away || !answered);
    }

    /** Says whether the fleet could not answer, and was not heard of since. */
    boolean hasFailed() {
        return away;
    }

    /** Says whether the fleet takes longer to answer than a send waits. */
    boolean isLate() {
        return !isJoining() && question != null && question.late;
    }

    /** Says whether the fleet was asked so lately that it would say the same. */
    boolean isPaused() {
        paused &= now - pausedUntil < 0;
        return paused;
    }

    @Nullable
    Question<Q> question() {
        return question;
    }

    boolean isFree() {
        return question == null;
    }

    void ask(Q request) {
        question = new Question<>(request, now);
        if (!asked) {
            asked = true;
            firstAsked = now;
        }
    }

    /** Returns the question if it is to be sent now, once. */
    @Nullable
    Question<Q> unsent() {
        if (question == null || question.sent) {
            return null;
        }
        question.sent = true;
        return question;
    }

    /** Returns how long to wait for an answer: for one that is late only those wait who have the patience. */
    Duration patience(Duration own) {
        return isLate() || own.compareTo(BUDGET) > 0 ? own : BUDGET;
    }

    /** Returns how much of a time that is left makes a difference. */
    Duration budget(Duration left) {
        return isJoining() || left.compareTo(BUDGET) < 0 ? left : BUDGET;
    }

    /** Notes that a question was not answered in time; whatever is said then is heard all the same. */
    void late(Question<Q> unanswered) {
        unanswered.late = true;
    }

    /** Notes that the fleet has answered. */
    void answered() {
        question = null;
        answered = true;
        away = false;
    }

    /** Notes that the fleet cannot answer now. */
    void failed() {
        question = null;
        away = true;
        failedAt = now;
        pause();
    }

    /** Asks nothing for a while. */
    void pause() {
        paused = true;
        pausedUntil = now + PAUSE;
    }

    /** Notes that the fleet was heard of at a reading of the clock: then it is worth waiting for an answer again. */
    void heardOf(long at) {
        if (away && at - failedAt > 0) {
            away = false;
            paused = false;
        }
    }
}
