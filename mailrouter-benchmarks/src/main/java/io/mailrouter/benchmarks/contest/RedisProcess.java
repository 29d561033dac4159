package io.mailrouter.benchmarks.contest;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import redis.embedded.core.ExecutableProvider;

/** A Redis of its own on a free port of the loopback, without persistence, and what it says of itself. */
public final class RedisProcess implements AutoCloseable {

    private static final long START_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final int MILLIS_BETWEEN_TRIES = 50;

    private final String uri;
    private final Process process;
    private final RedisClient client;
    private final RedisCommands<String, String> commands;

    /** Starts it and waits until it answers. */
    public RedisProcess() throws IOException, InterruptedException {
        int port = freePort();
        uri = "redis://127.0.0.1:" + port;
        process = new ProcessBuilder(command(port))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        client = RedisClient.create(uri);
        commands = connected(System.nanoTime() + START_NANOS);
    }

    private static List<String> command(int port) throws IOException {
        String program = ExecutableProvider.newJarResourceProvider().get().getPath();
        return List.of(program, "--port", "" + port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no");
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private RedisCommands<String, String> connected(long deadline) throws InterruptedException {
        while (true) {
            try {
                return client.connect().sync();
            } catch (RedisConnectionException e) {
                if (!process.isAlive() || System.nanoTime() - deadline > 0) {
                    throw e;
                }
                Thread.sleep(MILLIS_BETWEEN_TRIES);
            }
        }
    }

    /** Returns where it is, as the fleet takes it. */
    public String uri() {
        return uri;
    }

    /**
     * What it has done since it was started.
     *
     * @param nanoTime when that was
     * @param cpuMicros of all its threads
     * @param exchanges how many scripts it was asked to run
     * @param bytes read and written
     * @param memory what it holds now
     */
    public record Account(long nanoTime, double cpuMicros, long exchanges, long bytes, long memory) {}

    /** Returns its account so far. */
    public Account account() {
        String info = String.join("\n", List.of(commands.info(), commands.info("commandstats")));
        double cpu = sum(info, "used_cpu_(?:sys|user)");
        return new Account(
                System.nanoTime(),
                cpu * 1e6,
                (long) sum(info, "cmdstat_eval(?:sha)?:calls"),
                (long) sum(info, "total_net_(?:in|out)put_bytes"),
                (long) sum(info, "used_memory"));
    }

    private static double sum(String info, String names) {
        return Pattern.compile("(?m)^" + names + "[:=]([0-9.]+)")
                .matcher(info)
                .results()
                .map(result -> result.group(1))
                .collect(Collectors.summingDouble(Double::parseDouble));
    }

    @Override
    public void close() {
        client.shutdown();
        process.destroy();
    }
}
