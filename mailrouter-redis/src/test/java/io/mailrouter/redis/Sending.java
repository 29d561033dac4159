package io.mailrouter.redis;

import io.mailrouter.EmailServiceClosedException;
import io.mailrouter.SendResult;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Many sends of one node: so many, at a pace, by some threads. Says what they came to and how long they took, in
 * microseconds; {@code lost} counts those without a result, which must be none.
 */
final class Sending {

    private final NodeService service;
    private final int count;
    private final long interval;
    private final int threads;
    private final String key;
    private final String label;
    private final boolean mixed;
    private final long[] elapsed;
    private final Map<String, Integer> results = new TreeMap<>();
    private final AtomicInteger next = new AtomicInteger();
    private final long began = System.nanoTime();

    /**
     * @param words {@code count}; {@code rate} in a second, as fast as it goes if not said; {@code threads}; and {@code key},
     *     before each email's number, else the emails have none and are known by {@code label}; {@code mixed} for emails of
     *     many kinds
     */
    Sending(NodeService service, Words words) {
        this.service = service;
        this.count = (int) words.number("count", 1);
        this.interval = words.has("rate") ? TimeUnit.SECONDS.toNanos(1) / words.number("rate") : 0;
        this.threads = (int) words.number("threads", 4);
        this.key = words.text("key");
        this.label = words.text("label", "r");
        this.mixed = words.has("mixed");
        this.elapsed = new long[count];
    }

    Words run() throws InterruptedException {
        List<Thread> crew = new ArrayList<>();
        for (int i = 0; i < Math.min(threads, count); i++) {
            Thread thread = new Thread(this::work, "sending-" + i);
            thread.setDaemon(true);
            thread.start();
            crew.add(thread);
        }
        for (Thread thread : crew) {
            thread.join();
        }
        return report();
    }

    private void work() {
        for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
            long due = began + i * interval;
            for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            Email email = email(i);
            long start = System.nanoTime();
            String word = send(email);
            elapsed[i] = System.nanoTime() - start;
            synchronized (results) {
                results.merge(word, 1, Integer::sum);
            }
        }
    }

    private String send(Email email) {
        try {
            SendResult result = service.emails().trySend(email);
            return result.trail().isRepeated() ? "repeated_" + result.word() : result.word();
        } catch (EmailServiceClosedException e) {
            return "closed";
        } catch (RuntimeException e) {
            e.printStackTrace();
            return "lost";
        }
    }

    private Email email(int number) {
        return mixed
                ? medley(number)
                : plain(number, label + number + "@example.org", !key.isEmpty()).build();
    }

    private EmailBuilder plain(int number, String to, boolean keyed) {
        EmailBuilder email = Email.builder()
                .from("shop@example.com")
                .to(to)
                .subject("Your order")
                .text("It is on its way.");
        return keyed ? email.idempotencyKey(key + number) : email;
    }

    /** Of 20 emails one comes too late, one is for nobody but a suppressed recipient, two for two, and one comes again. */
    private Email medley(int number) {
        String to = label + number + "@example.org";
        boolean keyed = number % 3 == 0;
        return switch (number % 20) {
            case 4 -> plain(number, to, keyed).notAfter(Instant.EPOCH).build();
            case 8 -> plain(number, "suppressed@example.org", keyed).build();
            case 11, 12 -> plain(number, to, keyed).to("other@example.org").build();
            case 16 ->
                plain(number - 1, label + (number - 1) + "@example.org", true).build();
            case 15 -> plain(number, to, true).build();
            default -> plain(number, to, keyed).build();
        };
    }

    private Words report() {
        Words report = Words.of().with("took", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
        results.forEach(report::with);
        Arrays.sort(elapsed);
        return report.with("p50", micros(0.5)).with("p99", micros(0.99)).with("max", micros(1));
    }

    private long micros(double share) {
        return TimeUnit.NANOSECONDS.toMicros(elapsed[Math.max(0, (int) Math.ceil(count * share) - 1)]);
    }
}
