package io.mailrouter.redis;

import io.mailrouter.redis.SuppressionScripts.News;
import io.mailrouter.redis.SuppressionScripts.Page;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what a node knows of the suppression list up to date, on a thread of its own: reads it all now and then, and asks
 * for the changes in between. Never blocks a look-up, and blocks Redis for a page at most.
 */
final class SuppressionWatch implements Runnable {

    private static final Duration IMPATIENT = Duration.ofMillis(100);

    /** More changes than that take more memory than reading the list again. */
    private static final int MOST_CHANGES = 50_000;

    private final SuppressionScripts scripts;
    private final SuppressionLog log;
    private final Duration askEvery;
    private final Duration readEvery;
    private final RandomGenerator random;
    private final LongSupplier nanoTime;
    private final Semaphore wake = new Semaphore(0);
    private volatile boolean closing;
    private volatile @Nullable SuppressionView view;
    private volatile boolean otherSecret;
    private @Nullable List<String> notedWhileReading;
    private long known;
    private long readDue;

    SuppressionWatch(
            SuppressionScripts scripts,
            SuppressionLog log,
            Duration askEvery,
            Duration readEvery,
            RandomGenerator random,
            LongSupplier nanoTime) {
        this.scripts = scripts;
        this.log = log;
        this.askEvery = askEvery;
        this.readEvery = readEvery;
        this.random = random;
        this.nanoTime = nanoTime;
    }

    /** Returns what is known, or null while nothing is. */
    @Nullable
    SuppressionView view() {
        return view;
    }

    /** Says whether the list is known to be written with another secret. */
    boolean hasOtherSecret() {
        return otherSecret;
    }

    /** Notes what this node has changed itself. */
    synchronized void note(List<String> changes) {
        if (notedWhileReading != null) {
            notedWhileReading.addAll(changes);
        }
        if (view != null) {
            changes.forEach(view::note);
        }
    }

    void secret(boolean same) {
        otherSecret = !same;
        log.secret(same);
    }

    /** Hears that the fleet has exchanged, or was hinted to: a good time to ask what is new. Does not wait. */
    void hint() {
        wake.release();
    }

    /** Asks for the end. Does not wait. */
    void end() {
        closing = true;
        wake.release();
    }

    @Override
    public void run() {
        try {
            while (!closing) {
                if (wake.tryAcquire(pause().toNanos(), TimeUnit.NANOSECONDS)) {
                    wake.drainPermits();
                }
                turn();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Duration pause() {
        // As a rule an exchange ends the pause.
        boolean waitedFor = view == null && !otherSecret && IMPATIENT.compareTo(askEvery) < 0;
        return jittered(waitedFor ? IMPATIENT : askEvery.multipliedBy(2));
    }

    private Duration jittered(Duration whole) {
        return Duration.ofNanos((long) (whole.toNanos() * (0.8 + 0.4 * random.nextDouble())));
    }

    private void turn() {
        if (closing) {
            return;
        }
        try {
            SuppressionView now = view;
            if (now == null || nanoTime.getAsLong() - readDue >= 0 || !hear(now)) {
                // Stays due until it has come to its end.
                readDue = nanoTime.getAsLong();
                read(now == null ? 0 : now.entries());
            }
        } catch (RuntimeException e) {
            log.notRead(e);
        }
    }

    /** Returns false when changes were missed, so that the list is to be read again. */
    private boolean hear(SuppressionView now) {
        News news;
        do {
            news = scripts.news(known);
            secret(news.sameSecret());
            if (otherSecret) {
                return true;
            }
            if (news.missed()) {
                return false;
            }
            news.changes().forEach(now::note);
            known = news.number();
        } while (news.mayHaveMore());
        return now.changes().size() <= MOST_CHANGES;
    }

    private void read(long before) {
        News news = scripts.news(-1);
        secret(news.sameSecret());
        if (otherSecret) {
            return;
        }
        known = news.number();
        long began = nanoTime.getAsLong();
        keepWhatIsNoted();
        SuppressionView fresh = fill(news.now());
        if (closing) {
            return;
        }
        readDue = nanoTime.getAsLong() + (hear(fresh) ? jittered(readEvery).toNanos() : 0);
        publish(fresh);
        log.read(before, fresh, Duration.ofNanos(nanoTime.getAsLong() - began));
    }

    /** What this node changes from now on, the pages may show or not. */
    private synchronized void keepWhatIsNoted() {
        notedWhileReading = new ArrayList<>();
    }

    private synchronized void publish(SuppressionView fresh) {
        if (notedWhileReading != null) {
            notedWhileReading.forEach(fresh::note);
        }
        notedWhileReading = null;
        view = fresh;
    }

    private SuppressionView fill(Instant now) {
        List<Page> pages = new ArrayList<>();
        for (int shard = 0; shard < SuppressionKeys.SHARDS; shard++) {
            pages.add(scripts.page(shard, "0"));
        }
        BloomFilter filter =
                new BloomFilter(pages.stream().mapToLong(Page::size).sum());
        long entries = 0;
        for (int shard = 0; shard < SuppressionKeys.SHARDS; shard++) {
            entries += fill(filter, shard, pages.get(shard));
        }
        return new SuppressionView(filter, entries, now);
    }

    private long fill(BloomFilter filter, int shard, Page first) {
        Page page = first;
        long entries = 0;
        while (true) {
            page.fields().forEach(field -> filter.add(KeyedHash.parse(field)));
            entries += page.fields().size();
            if (page.isLast() || closing) {
                return entries;
            }
            page = scripts.page(shard, page.cursor());
        }
    }
}
