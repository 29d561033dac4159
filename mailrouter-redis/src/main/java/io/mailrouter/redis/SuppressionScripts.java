package io.mailrouter.redis;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * What is asked of the suppression list in Redis, each in one command. Safe to share between threads.
 *
 * <p>Every call but {@link #lookUp} blocks at most for the fleet's time-out, and throws {@link RedisAwayException} when
 * there is no answer.
 */
final class SuppressionScripts {

    /** About so many fields are read at a time: far less than a millisecond of Redis. */
    static final int PAGE = 250;

    /** So many changes are heard of at a time. */
    private static final int MOST_NEWS = 1_000;

    private final Script lookUp = Script.named("suppression-look-up.lua");
    private final Script add = Script.named("suppression-add.lua");
    private final Script remove = Script.named("suppression-remove.lua");
    private final Script page = Script.named("suppression-page.lua");
    private final Script note = Script.named("suppression-note.lua");
    private final Script news = Script.named("suppression-news.lua");

    private final Redis redis;
    private final SuppressionKeys keys;
    private final String check;
    private final Duration timeout;
    private final Unreadable unreadable;

    /** The values of some fields, '' for none, and the server's time. */
    record Found(Instant now, List<String> values) {}

    /** Some fields of a shard, the shard's size, and the cursor for the next page. */
    record Page(long size, String cursor, List<String> fields) {
        boolean isLast() {
            return cursor.equals("0");
        }
    }

    /** The last changes, the number of changes until then, and whether some before them were missed. */
    record News(boolean sameSecret, Instant now, boolean missed, long number, List<String> changes) {
        boolean mayHaveMore() {
            return changes.size() >= MOST_NEWS;
        }
    }

    SuppressionScripts(Redis redis, SuppressionKeys keys, String check, Duration timeout, Unreadable unreadable) {
        this.redis = redis;
        this.keys = keys;
        this.check = check;
        this.timeout = timeout;
        this.unreadable = unreadable;
    }

    /** Asks one shard, without waiting. */
    CompletableFuture<Found> lookUp(int shard, List<String> fields, Duration within) {
        String[] key = {keys.shard(shard)};
        return redis.ask(lookUp, within, key, fields.toArray(String[]::new)).thenApply(answer -> {
            count(answer, key[0]);
            return new Found(Instant.ofEpochMilli(number(answer, 1)), texts(answer, 2));
        });
    }

    /** Adds fields with their values, in turn, to one shard. */
    void add(int shard, List<String> fieldsAndValues) {
        String[] key = {keys.shard(shard)};
        List<Object> answer = redis.call(add, timeout, key, fieldsAndValues.toArray(String[]::new));
        count(answer, key[0]);
    }

    /** Returns whether the field was there. */
    boolean remove(int shard, String field) {
        return number(redis.call(remove, timeout, new String[] {keys.shard(shard)}, field), 0) == 1;
    }

    Page page(int shard, String cursor) {
        String[] key = {keys.shard(shard)};
        List<Object> answer = redis.call(page, timeout, key, cursor, Integer.toString(PAGE));
        count(answer, key[0]);
        return new Page(number(answer, 1), String.valueOf(answer.get(2)), texts(answer, 3));
    }

    /**
     * Tells the other nodes what was changed.
     *
     * @param changes each a sign and a field
     * @param hints whether they are to look at once
     * @return whether the secret is that of the list
     */
    boolean note(List<String> changes, boolean hints) {
        List<String> values = new ArrayList<>(List.of(check, hints ? keys.events() : ""));
        values.addAll(changes);
        return number(redis.call(note, timeout, keys.ofNews(), values.toArray(String[]::new)), 0) == 1;
    }

    /** Asks what has changed since then; -1 for the number of changes alone. */
    News news(long known) {
        List<Object> answer =
                redis.call(news, timeout, keys.ofNews(), check, Long.toString(known), Integer.toString(MOST_NEWS));
        count(answer, keys.ofNews()[1]);
        List<String> changes = texts(answer, 5);
        changes.stream()
                .filter(change -> !SuppressionView.isChange(change))
                .forEach(garbage -> unreadable.found("a change of the suppression list at " + keys.ofNews()[2]));
        return new News(
                number(answer, 1) == 1,
                Instant.ofEpochMilli(number(answer, 2)),
                number(answer, 3) == 1,
                number(answer, 4),
                changes);
    }

    private void count(List<Object> answer, String key) {
        for (long i = number(answer, 0); i > 0; i--) {
            unreadable.found("a value of the suppression list at " + key);
        }
    }

    private static long number(List<Object> answer, int at) {
        return (Long) answer.get(at);
    }

    private static List<String> texts(List<Object> answer, int from) {
        return answer.stream().skip(from).map(String::valueOf).toList();
    }
}
