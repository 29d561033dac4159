package io.mailrouter.redis;

import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Redis as the stores of one fleet see it: their scripts run on the connection that stands, each within its time.
 *
 * <p>Safe to share between threads. It never connects: that is done beside the sends, and until then every call fails at
 * once, as it does after some calls in a row were not answered in time, until anything is answered again.
 */
final class Redis {

    /** So many callers in a row wait for a server that does not answer; the others are told at once. */
    private static final int PATIENT = 3;

    private final Alarm alarm;
    private final AtomicBoolean lost = new AtomicBoolean();
    private final AtomicInteger unanswered = new AtomicInteger();
    private volatile @Nullable RedisClusterAsyncCommands<String, String> standing;

    /** @param alarm hears that another connection is wanted */
    Redis(Alarm alarm) {
        this.alarm = alarm;
    }

    /** Notes the connection that stands now, or that none does. */
    void stands(@Nullable RedisClusterAsyncCommands<String, String> commands) {
        if (commands != standing) {
            unanswered.set(0);
        }
        standing = commands;
    }

    /** Says, once, whether a call has found a connection lost, of which a cluster has several. */
    boolean foundLoss() {
        return lost.getAndSet(false);
    }

    /** Says whether a call would be made at all now. */
    boolean isReachable() {
        return standing != null && unanswered.get() < PATIENT;
    }

    /** Notes that the server has answered something. */
    void answered() {
        unanswered.set(0);
    }

    /**
     * Runs a script and waits for its answer, at most that long.
     *
     * @throws RedisAwayException when there is none; the script may still run
     */
    List<Object> call(Script script, Duration within, String[] keys, String... values) {
        CompletableFuture<List<Object>> answer = run(script, keys, values);
        try {
            return answer.get(within.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw late(answer, e);
        } catch (ExecutionException e) {
            throw new RedisAwayException(Trouble.of(e), e);
        } catch (InterruptedException e) {
            answer.cancel(false);
            Thread.currentThread().interrupt();
            throw new RedisAwayException("it was not waited for: the thread was interrupted", e);
        }
    }

    private RedisAwayException late(CompletableFuture<List<Object>> answer, TimeoutException e) {
        unanswered.incrementAndGet();
        answer.cancel(false);
        return new RedisAwayException(Trouble.of(e), e);
    }

    /**
     * Runs a script without waiting.
     *
     * @return ends within the time given: with the answer, or with a {@link RedisAwayException} behind a
     *     {@link java.util.concurrent.CompletionException}, and then the script may still run
     */
    CompletableFuture<List<Object>> ask(Script script, Duration within, String[] keys, String... values) {
        CompletableFuture<List<Object>> answer;
        try {
            answer = run(script, keys, values);
        } catch (RedisAwayException away) {
            return CompletableFuture.failedFuture(away);
        }
        return answer.orTimeout(within.toNanos(), TimeUnit.NANOSECONDS).exceptionallyCompose(failure -> {
            if (failure instanceof TimeoutException) {
                unanswered.incrementAndGet();
            }
            return CompletableFuture.failedFuture(new RedisAwayException(Trouble.of(failure), failure));
        });
    }

    private CompletableFuture<List<Object>> run(Script script, String[] keys, String... values) {
        RedisClusterAsyncCommands<String, String> redis = standing;
        if (redis == null) {
            throw new RedisAwayException("no connection stands");
        }
        if (unanswered.get() >= PATIENT) {
            throw new RedisAwayException("it does not answer");
        }
        try {
            CompletableFuture<List<Object>> answer = script.run(redis, keys, values);
            CompletableFuture<Boolean> unused = answer.handle((told, failure) -> {
                if (failure == null) {
                    answered();
                } else if (Trouble.isLoss(failure)) {
                    lost.set(true);
                    alarm.hint();
                }
                return true;
            });
            // Who waits no longer ends the copy; that the server does answer, if late, is noticed all the same.
            return answer.copy();
        } catch (RuntimeException e) {
            throw new RedisAwayException(Trouble.of(e), e);
        }
    }
}
