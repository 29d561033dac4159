package io.mailrouter.redis;

import io.mailrouter.redis.Referee.Answer;
import io.mailrouter.redis.Referee.Attempt;
import io.mailrouter.testkit.FaultProxy;
import io.mailrouter.testkit.Faults;
import io.mailrouter.testkit.Faults.Direction;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Breaks a Redis of its own and what the referee's services do, by a seed, and mends both, until it ends. */
final class Chaos implements AutoCloseable {

    private enum Act {
        QUIET,
        KILL,
        FREEZE,
        FLUSH,
        PAUSE,
        FULL,
        SLOW,
        LOSE_ANSWERS,
        SWALLOW,
        CUT
    }

    private final Random random;
    private final Random answers;
    private final Referee referee;
    private final List<String> providers;
    private final RedisServer redis = RedisServer.started();
    private final FaultProxy proxy;
    private final CountDownLatch end = new CountDownLatch(1);
    private final Map<Act, Integer> acts = new EnumMap<>(Act.class);
    private volatile RuntimeException failure;
    private final Thread thread = new Thread(this::run, "chaos");

    Chaos(long seed, Referee referee, String... providers) {
        this.random = new Random(seed);
        this.answers = new Random(seed + 1);
        this.referee = referee;
        this.providers = List.of(providers);
        this.proxy = FaultProxy.before(redis.port(), seed);
        thread.setDaemon(true);
        thread.start();
    }

    /** Where its Redis is, through a proxy that harms what goes through it. */
    String uri() {
        return proxy.url("redis").toString();
    }

    private void run() {
        try {
            while (end.getCount() > 0) {
                providers.forEach(provider -> referee.tell(provider, conduct()));
                act(Act.values()[random.nextInt(Act.values().length)]);
                pause(500 + random.nextInt(1_500));
            }
        } catch (RuntimeException e) {
            failure = e;
        } finally {
            providers.forEach(provider -> referee.tell(provider, Answer.ACCEPTED));
        }
    }

    private void act(Act act) {
        acts.merge(act, 1, Integer::sum);
        long millis = 200 + random.nextInt(1_800);
        switch (act) {
            case QUIET -> pause(millis);
            case KILL -> {
                redis.kill();
                pause(millis);
                redis.start();
            }
            case FREEZE -> {
                redis.freeze();
                pause(millis);
                redis.thaw();
            }
            case FLUSH -> redis.call("FLUSHALL");
            case PAUSE -> redis.call("CLIENT", "PAUSE", Long.toString(millis));
            case FULL -> {
                redis.call("CONFIG", "SET", "maxmemory", "1");
                pause(millis);
                redis.call("CONFIG", "SET", "maxmemory", "0");
            }
            case LOSE_ANSWERS -> {
                proxy.lose(0.3);
                pause(millis);
                proxy.heal();
            }
            case SLOW -> {
                proxy.delay(Direction.ANSWERS, Duration.ofMillis(random.nextInt(500)));
                pause(millis);
                proxy.heal();
            }
            case SWALLOW -> proxy.connections().forEach(Faults::swallow);
            case CUT -> proxy.cut();
        }
    }

    /** Most services work most of the time. */
    private Function<Attempt, Answer> conduct() {
        return switch (random.nextInt(16)) {
            case 0 -> attempt -> Answer.UNAVAILABLE;
            case 1 -> attempt -> answers.nextBoolean() ? Answer.UNAVAILABLE : Answer.ACCEPTED;
            case 2 -> attempt -> Answer.THROTTLED;
            case 3 -> attempt -> answers.nextInt(4) > 0 ? Answer.ACCEPTED : Answer.ACCEPTED_IN_SILENCE;
            case 4 -> attempt -> Answer.ACCEPTED.after(Duration.ofMillis(answers.nextInt(150)));
            case 5 -> attempt -> answers.nextInt(4) > 0 ? Answer.ACCEPTED : Answer.REJECTED;
            case 6, 7 -> attempt -> Answer.PARTIAL;
            default -> attempt -> Answer.ACCEPTED;
        };
    }

    private void pause(long millis) {
        try {
            if (end.await(millis, TimeUnit.MILLISECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Mends everything, and breaks nothing any more. */
    void end() {
        end.countDown();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (failure != null) {
            throw new IllegalStateException("the chaos itself has failed, after " + this, failure);
        }
    }

    @Override
    public String toString() {
        return "acts " + acts;
    }

    @Override
    public void close() {
        end.countDown();
        proxy.close();
        redis.close();
    }
}
