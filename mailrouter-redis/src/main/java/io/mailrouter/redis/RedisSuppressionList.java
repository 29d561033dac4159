package io.mailrouter.redis;

import io.mailrouter.redis.SuppressionScripts.Found;
import io.mailrouter.suppression.CanonicalAddress;
import io.mailrouter.suppression.Suppression;
import io.mailrouter.suppression.Suppression.Reason;
import io.mailrouter.suppression.SuppressionList;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A suppression list that a fleet shares, as {@link SuppressionListSettings} says.
 *
 * <p>Changes are made first and noted for the others then: whoever reads the list after it was noted finds it there, and
 * whoever began to read before hears of it.
 */
final class RedisSuppressionList implements SuppressionList {

    /** So many are added with one command: far less than a millisecond of Redis. */
    private static final int BATCH = 100;

    private final KeyedHash hash;
    private final SuppressionScripts scripts;
    private final SuppressionWatch watch;
    private final Duration timeout;
    private final FleetSync sync;
    private final Runnable hint;
    private final Thread thread;

    private RedisSuppressionList(
            KeyedHash hash, SuppressionScripts scripts, SuppressionWatch watch, Duration timeout, FleetSync sync) {
        this.hash = hash;
        this.scripts = scripts;
        this.watch = watch;
        this.timeout = timeout;
        this.sync = sync;
        this.hint = watch::hint;
        this.thread = new Thread(watch, "mailrouter-redis-suppression");
        this.thread.setDaemon(true);
    }

    /** Returns a list that looks for changes from now on, after each exchange of the fleet. */
    static RedisSuppressionList following(
            KeyedHash hash,
            SuppressionListSettings chosen,
            FleetSettings fleet,
            Redis redis,
            FleetSync sync,
            Unreadable unreadable) {
        SuppressionKeys keys = SuppressionKeys.of(fleet.keys());
        SuppressionScripts scripts = new SuppressionScripts(redis, keys, hash.check(), fleet.timeout(), unreadable);
        SuppressionWatch watch = new SuppressionWatch(
                scripts,
                new SuppressionLog(fleet.where()),
                fleet.syncEvery(),
                chosen.readEvery(),
                new SplittableRandom(),
                System::nanoTime);
        RedisSuppressionList list = new RedisSuppressionList(hash, scripts, watch, fleet.timeout(), sync);
        sync.afterEach(list.hint);
        list.thread.start();
        return list;
    }

    /** An address with its hash. */
    private record Hashed(CanonicalAddress address, long hash) {
        String field() {
            return KeyedHash.text(hash);
        }
    }

    @Override
    public Map<CanonicalAddress, Suppression> lookUp(Set<CanonicalAddress> addresses, Duration within) {
        refuseOtherSecret();
        SuppressionView view = watch.view();
        Map<Integer, List<Hashed>> worthAsking = new TreeMap<>();
        for (CanonicalAddress address : addresses) {
            long number = hash.of(address.value());
            if (view == null || view.mayContain(number)) {
                worthAsking
                        .computeIfAbsent(SuppressionKeys.shardOf(number), shard -> new ArrayList<>())
                        .add(new Hashed(address, number));
            }
        }
        return worthAsking.isEmpty() ? Map.of() : asked(worthAsking, view, within);
    }

    /** What one shard is asked. */
    private record Question(List<Hashed> some, CompletableFuture<Found> answer) {}

    private Map<CanonicalAddress, Suppression> asked(
            Map<Integer, List<Hashed>> worthAsking, @Nullable SuppressionView view, Duration within) {
        List<Question> questions = new ArrayList<>();
        worthAsking.forEach((shard, some) -> questions.add(new Question(
                some, scripts.lookUp(shard, some.stream().map(Hashed::field).toList(), within))));
        await(questions);
        Map<CanonicalAddress, Suppression> suppressed = new HashMap<>();
        for (Question question : questions) {
            try {
                take(suppressed, question.some(), question.answer().join());
            } catch (CompletionException away) {
                guess(suppressed, question.some(), view, away);
            }
        }
        return suppressed;
    }

    /** Each of them ends within its time. */
    private static void await(List<Question> questions) {
        try {
            CompletableFuture.allOf(questions.stream().map(Question::answer).toArray(CompletableFuture[]::new))
                    .get();
        } catch (ExecutionException failed) {
            // Which of them, and what follows from it, is seen one by one.
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new RedisAwayException("it was not waited for: the thread was interrupted", stop);
        }
    }

    private static void take(Map<CanonicalAddress, Suppression> suppressed, List<Hashed> some, Found found) {
        for (int i = 0; i < some.size(); i++) {
            String value = found.values().get(i);
            if (!value.isEmpty()) {
                suppressed.put(some.get(i).address(), SuppressionText.parse(value, found.now()));
            }
        }
    }

    /** Nobody can be asked, so whoever may be on the list counts as being on it. */
    private static void guess(
            Map<CanonicalAddress, Suppression> suppressed,
            List<Hashed> some,
            @Nullable SuppressionView view,
            CompletionException away) {
        if (view == null) {
            throw new RedisAwayException("the suppression list was not read yet", away);
        }
        for (Hashed one : some) {
            if (view.suppresses(one.hash())) {
                suppressed.put(one.address(), Suppression.forGood(Reason.OTHER, view.readAt()));
            }
        }
    }

    @Override
    public void add(CanonicalAddress address, Suppression suppression) {
        addAll(Map.of(address, suppression));
    }

    @Override
    public void addAll(Map<CanonicalAddress, Suppression> suppressions) {
        checkSecret();
        Map<Integer, List<Map.Entry<String, String>>> shards = new TreeMap<>();
        suppressions.forEach((address, suppression) -> {
            long number = hash.of(address.value());
            shards.computeIfAbsent(SuppressionKeys.shardOf(number), shard -> new ArrayList<>())
                    .add(Map.entry(KeyedHash.text(number), SuppressionText.of(suppression)));
        });
        shards.forEach((shard, entries) -> {
            for (int from = 0; from < entries.size(); from += BATCH) {
                addBatch(shard, entries.subList(from, Math.min(entries.size(), from + BATCH)), suppressions.size());
            }
        });
    }

    private void addBatch(int shard, List<Map.Entry<String, String>> entries, int ofAll) {
        List<String> words = new ArrayList<>();
        List<String> changes = new ArrayList<>();
        entries.forEach(entry -> {
            words.addAll(List.of(entry.getKey(), entry.getValue()));
            changes.add("+" + entry.getKey());
        });
        scripts.add(shard, words);
        note(changes, ofAll <= BATCH);
    }

    @Override
    public boolean remove(CanonicalAddress address) {
        checkSecret();
        long number = hash.of(address.value());
        boolean removed = scripts.remove(SuppressionKeys.shardOf(number), KeyedHash.text(number));
        note(List.of("-" + KeyedHash.text(number)), true);
        return removed;
    }

    /** A list that is brought along is no news that the whole fleet needs at once, batch by batch. */
    private void note(List<String> changes, boolean hints) {
        watch.secret(scripts.note(changes, hints));
        refuseOtherSecret();
        watch.note(changes);
    }

    /** What is written with another secret would be found by nobody, so it is not written at all. */
    private void checkSecret() {
        if (watch.view() == null || watch.hasOtherSecret()) {
            watch.secret(scripts.news(-1).sameSecret());
        }
        refuseOtherSecret();
    }

    private void refuseOtherSecret() {
        if (watch.hasOtherSecret()) {
            throw new IllegalStateException(
                    "key of suppressionList is not the one with which the list in Redis was written");
        }
    }

    @Override
    public CompletableFuture<Void> begun() {
        return sync.begun();
    }

    @Override
    public boolean honoursBudget() {
        return true;
    }

    /** Ends what goes on in the background. Blocks for a few time-outs at most; the fleet's connection stays. */
    @Override
    public void close() {
        sync.noMoreAfterEach(hint);
        watch.end();
        try {
            thread.join(timeout.multipliedBy(2).plusSeconds(1).toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns how many addresses are on the list as far as this node knows. */
    @Override
    public String toString() {
        SuppressionView view = watch.view();
        return "RedisSuppressionList[" + (view == null ? "not read yet" : view.entries() + " addresses") + "]";
    }
}
