package io.mailrouter.redis;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.mailrouter.health.CircuitNews;
import io.mailrouter.health.FleetCircuit;
import io.mailrouter.health.FleetHold;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the nodes tell each other as soon as it happens, beside what they count: circuits and holds. It is told and heard on
 * one thread; whatever happens is noted on any.
 */
final class FleetTalk {

    private static final Logger LOG = LoggerFactory.getLogger(RedisFleet.class);

    private final Script circuitScript = Script.named("fleet-circuit.lua");
    private final Script holdScript = Script.named("fleet-hold.lua");
    private final FleetSettings settings;
    private final LongSupplier nanoTime;
    private final CircuitBook circuits;
    private final HoldBook holds;

    FleetTalk(FleetSettings settings, LongSupplier nanoTime) {
        this.settings = settings;
        this.nanoTime = nanoTime;
        this.circuits = new CircuitBook(nanoTime, settings.random());
        this.holds = new HoldBook(nanoTime);
    }

    void add(String provider, CircuitNews news) {
        circuits.add(provider, news);
        if (news.kind() == CircuitNews.Kind.RESET) {
            holds.forget(provider, news.at());
        }
    }

    void add(String provider, FleetHold hold) {
        holds.add(provider, hold);
    }

    /** Returns the circuits that are known, by provider. */
    Map<String, FleetCircuit> circuits() {
        return circuits.circuits();
    }

    /** Returns the holds that are known, by provider. */
    Map<String, FleetHold> holds() {
        return holds.holds();
    }

    /**
     * Tells the store what it does not know. Blocks for a time-out at most for each piece of news, of which there is nearly
     * always none.
     *
     * @throws TimeoutException when no answer came in time; the script may still run, and the news is told again
     * @throws ExecutionException when the connection failed
     */
    void tell(RedisClusterAsyncCommands<String, String> redis)
            throws InterruptedException, ExecutionException, TimeoutException {
        for (CircuitBook.Note note : circuits.waiting()) {
            List<String> words =
                    new ArrayList<>(List.of(note.word(), settings.keys().events(), note.provider(), settings.node()));
            words.addAll(note.arguments());
            String[] names = {
                settings.keys().state(note.provider()), settings.keys().nodes()
            };
            if (isRead(redis, circuitScript, note.provider(), names, words)) {
                circuits.told(note);
            }
        }
        for (Map.Entry<String, FleetHold> waiting : holds.waiting().entrySet()) {
            List<String> words = new ArrayList<>(List.of(settings.keys().events(), waiting.getKey()));
            words.addAll(SharedHold.arguments(waiting.getValue(), nanoTime.getAsLong()));
            String[] names = {settings.keys().state(waiting.getKey())};
            if (isRead(redis, holdScript, waiting.getKey(), names, words)) {
                holds.told(waiting.getKey(), waiting.getValue());
            }
        }
    }

    /** A server that does not take it now is told again; the exchange after this one says what is wrong with it. */
    private boolean isRead(
            RedisClusterAsyncCommands<String, String> redis,
            Script script,
            String provider,
            String[] keys,
            List<String> words)
            throws InterruptedException, ExecutionException, TimeoutException {
        Duration within = settings.timeout();
        try {
            FleetScript.await(script.run(redis, keys, words.toArray(String[]::new)), within);
            return true;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RedisCommandExecutionException) {
                LOG.debug("Redis did not take news of provider {}: {}", provider, Trouble.of(e));
                return false;
            }
            throw e;
        }
    }

    /** Takes in the answer of one exchange. */
    void hear(Collection<String> providers, FleetReply reply) {
        circuits.hear(providers, reply.circuits()).forEach(holds::forget);
        holds.hear(providers, reply.holds());
    }
}
