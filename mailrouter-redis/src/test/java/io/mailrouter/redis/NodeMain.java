package io.mailrouter.redis;

import com.sun.management.UnixOperatingSystemMXBean;
import io.mailrouter.ProviderStatus;
import io.mailrouter.health.StoreStatus;
import io.mailrouter.limit.QuotaUse;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A node of a fleet in a JVM of its own, led by a test over its standard input: one order in a line, answered by a line
 * that begins with {@code =} and the order's number, whenever it is done. It ends when its input does.
 */
public final class NodeMain {

    private final String name;
    private final int referee;
    private final PrintStream out;
    private final Map<String, NodeService> services = new ConcurrentHashMap<>();

    private NodeMain(String name, int referee, PrintStream out) {
        this.name = name;
        this.referee = referee;
        this.out = out;
    }

    /**
     * Serves until the input ends.
     *
     * @param arguments the node's name and the referee's port
     */
    public static void main(String... arguments) throws IOException {
        NodeMain node = new NodeMain(arguments[0], Integer.parseInt(arguments[1]), System.out);
        ExecutorService orders = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "order");
            thread.setDaemon(true);
            return thread;
        });
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] parts = line.split("\t", 3);
            Words words = Words.parse(parts.length > 2 ? parts[2] : "");
            orders.execute(() -> node.answer(parts[0], parts[1], words));
        }
        node.services.values().forEach(NodeService::close);
    }

    private void answer(String number, String order, Words words) {
        Words answer;
        try {
            answer = obey(order, words);
        } catch (Exception | LinkageError e) {
            e.printStackTrace();
            answer = Words.of().with("error", e);
        }
        synchronized (out) {
            out.println("= " + number + "\t" + answer);
            out.flush();
        }
    }

    private Words obey(String order, Words words) throws Exception {
        return switch (order) {
            case "open" -> open(words);
            case "close" -> {
                services.remove(words.text("fleet")).close();
                yield Words.of();
            }
            case "send" -> new Sending(service(words), words).run();
            case "disable" -> {
                long before = System.nanoTime();
                service(words)
                        .emails()
                        .operations()
                        .disable(words.text("provider"), words.text("reason"), words.millis("expiry", 60_000));
                yield Words.of().with("before", before).with("at", System.nanoTime());
            }
            case "enable" -> {
                service(words).emails().operations().enable(words.text("provider"));
                yield Words.of();
            }
            case "suppress" -> Words.of().with("taken", service(words).suppress(words.text("address")));
            case "status" -> status(service(words));
            case "resources" -> resources();
            default -> throw new IllegalArgumentException("no such order: " + order);
        };
    }

    private Words open(Words words) {
        services.put(words.text("fleet"), NodeService.open(name, referee, words));
        return Words.of();
    }

    private NodeService service(Words words) {
        NodeService service = services.get(words.text("fleet"));
        if (service == null) {
            throw new IllegalStateException("not open: " + words.text("fleet"));
        }
        return service;
    }

    private static Words status(NodeService service) {
        Words status = Words.of()
                .with("connected", service.snapshot().connected())
                .with("nodes", service.snapshot().nodes())
                .with("changes", service.changes().sum())
                .with("at", System.nanoTime());
        for (StoreStatus store : service.emails().stores()) {
            status.with("store." + store.store().word(), store.up());
        }
        for (ProviderStatus provider : service.emails().providers()) {
            String name = provider.name();
            status.with(name, provider.state())
                    .with(name + ".reason", provider.reason())
                    .with(name + ".accepted", provider.accepted())
                    .with(name + ".failed", provider.failed())
                    .with(name + ".orders", provider.orders());
            provider.until().ifPresent(until -> status.with(name + ".until", until.toEpochMilli()));
            provider.fleet().ifPresent(fleet -> status.with(name + ".used", fleet.usedToday()));
            for (QuotaUse quota : provider.quotas()) {
                status.with(name + ".left." + quota.window().word(), quota.left());
            }
        }
        return status;
    }

    /** What the JVM holds after garbage is gone. */
    private static Words resources() throws InterruptedException {
        long heap = Long.MAX_VALUE;
        // What has just been let go may survive a first collection.
        for (int i = 0; i < 3; i++) {
            System.gc();
            heap = Math.min(
                    heap,
                    ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
        }
        Words words = Words.of()
                .with("heap", heap)
                .with("threads", ManagementFactory.getThreadMXBean().getThreadCount())
                .with(
                        "uptime",
                        Duration.ofMillis(ManagementFactory.getRuntimeMXBean().getUptime()));
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix) {
            words.with("descriptors", unix.getOpenFileDescriptorCount());
        }
        return words;
    }
}
