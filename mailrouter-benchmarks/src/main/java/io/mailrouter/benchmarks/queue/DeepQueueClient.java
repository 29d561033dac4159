package io.mailrouter.benchmarks.queue;

import io.mailrouter.benchmarks.contest.Turn;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Scanner;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The consumer in a JVM of its own. For each line on its standard input, {@code turn} or {@code live}, a queue's URL and
 * how many messages it holds, it drains the queue and writes what that took, or the most bytes that were alive meanwhile.
 */
final class DeepQueueClient {

    private static final MemoryMXBean MEMORY = ManagementFactory.getMemoryMXBean();
    private static final int MILLIS_BETWEEN_LOOKS = 100;

    private DeepQueueClient() {}

    public static void main(String[] args) throws Exception {
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (Contender consumer = Contenders.MAILROUTER.connected(URI.create(args[0]))) {
            System.out.println("ready");
            for (String order = orders.readLine(); order != null; order = orders.readLine()) {
                System.out.println(answer(consumer, new Scanner(order)));
            }
        }
    }

    private static String answer(Contender consumer, Scanner order) throws Exception {
        boolean live = order.next().equals("live");
        String queueUrl = order.next();
        int messages = order.nextInt();
        Turn.Work drain = () -> {
            consumer.drain(queueUrl, messages);
            return messages;
        };
        String answer =
                live ? String.valueOf(mostAliveDuring(drain)) : Turn.of(drain).line();
        consumer.rest();
        return answer;
    }

    /** What is alive is what a full collection leaves. */
    private static long mostAliveDuring(Turn.Work work) throws Exception {
        AtomicLong most = new AtomicLong();
        ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor();
        try {
            Future<?> unused = watch.scheduleWithFixedDelay(
                    () -> {
                        MEMORY.gc();
                        most.accumulateAndGet(MEMORY.getHeapMemoryUsage().getUsed(), Math::max);
                    },
                    0,
                    MILLIS_BETWEEN_LOOKS,
                    TimeUnit.MILLISECONDS);
            work.run();
        } finally {
            watch.shutdownNow();
        }
        return most.get();
    }
}
