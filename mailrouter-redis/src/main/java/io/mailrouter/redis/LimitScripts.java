package io.mailrouter.redis;

import static io.mailrouter.limit.SharedLimits.UNBOUNDED;

import io.mailrouter.limit.SharedLimits.QuotaGrant;
import io.mailrouter.limit.SharedLimits.QuotaRequest;
import io.mailrouter.limit.SharedLimits.TurnGrant;
import io.mailrouter.limit.SharedLimits.TurnRequest;
import io.mailrouter.limit.SharedLimits.Windows;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * The scripts that divide quotas and rates. Safe to share between threads, never waits. What is asked before the first
 * exchange is asked after it; that is made at once then.
 */
final class LimitScripts {

    /** A send does not wait so long, but what is granted late is not lost. */
    private static final int PATIENCE = 4;

    /** What a script answers where the key holds what is not ours to read. */
    private static final long FOREIGN = -1;

    private final Script lease = Script.named("lease.lua");
    private final Script turns = Script.named("gcra.lua");
    private final Redis redis;
    private final FleetSettings settings;
    private final Unreadable unreadable;

    LimitScripts(Redis redis, FleetSettings settings, Unreadable unreadable) {
        this.redis = redis;
        this.settings = settings;
        this.unreadable = unreadable;
    }

    CompletableFuture<Optional<QuotaGrant>> lease(String provider, QuotaRequest request) {
        String[] keys = {settings.keys().nodes(), settings.keys().usage(provider)};
        Windows limits = request.limits();
        return ask(
                lease,
                keys,
                answer -> grant(answer, limits),
                request.least(),
                request.wanted(),
                request.most(),
                limit(limits.day()),
                limit(limits.month()),
                limit(limits.last24Hours()),
                orNone(request.day()),
                orNone(request.knownOn()),
                request.known().day(),
                request.known().month(),
                orNone(request.counted()),
                request.held(),
                settings.nodeExpiry().toMillis(),
                request.known().last24Hours());
    }

    CompletableFuture<Optional<TurnGrant>> turns(String provider, TurnRequest request) {
        double micros = request.interval().toNanos() / 1e3;
        return run(
                turns,
                new String[] {settings.keys().rate(provider)},
                answer -> {
                    note((Long) answer.get(2), "a provider's rate");
                    long granted = (Long) answer.get(0);
                    return granted == FOREIGN
                            ? Optional.empty()
                            : Optional.of(new TurnGrant(granted, Duration.ofNanos((Long) answer.get(1) * 1_000)));
                },
                Double.toString(micros),
                Long.toString(request.least()),
                Long.toString(request.open()),
                Long.toString(request.wanted()),
                Long.toString(request.burst()),
                Long.toString(request.within().toNanos() / 1_000));
    }

    private Optional<QuotaGrant> grant(List<Object> answer, Windows limits) {
        long[] numbers = answer.stream().mapToLong(number -> (Long) number).toArray();
        note(numbers[8], "a provider's usage");
        if (numbers[0] == FOREIGN) {
            return Optional.empty();
        }
        Windows left = new Windows(
                left(numbers[1], limits.day()),
                left(numbers[2], limits.month()),
                left(numbers[3], limits.last24Hours()));
        return Optional.of(new QuotaGrant(
                numbers[0], left, numbers[4], numbers[5], Duration.ofMillis(numbers[6]), Math.toIntExact(numbers[7])));
    }

    private void note(long ignored, String what) {
        if (ignored > 0) {
            unreadable.found(what);
        }
    }

    private static long limit(long recipients) {
        return recipients >= UNBOUNDED ? -1 : recipients;
    }

    private static long left(long recipients, long limit) {
        return limit >= UNBOUNDED ? UNBOUNDED : recipients;
    }

    private static long orNone(OptionalLong number) {
        return number.orElse(-1);
    }

    private <T> CompletableFuture<Optional<T>> ask(
            Script script, String[] keys, Function<List<Object>, Optional<T>> reader, long... numbers) {
        String[] values = new String[numbers.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = Long.toString(numbers[i]);
        }
        return run(script, keys, reader, values);
    }

    /** Whatever goes wrong, the fleet cannot say. */
    private <T> CompletableFuture<Optional<T>> run(
            Script script, String[] keys, Function<List<Object>, Optional<T>> reader, String... values) {
        return redis.ask(script, settings.timeout().multipliedBy(PATIENCE), keys, values)
                .thenApply(reader)
                .exceptionally(failure -> Optional.empty());
    }
}
