package io.mailrouter.redis;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/** The JVM of a {@link NodeMain}, started and led by a test. What else it writes is kept, for the day it matters. */
final class NodeProcess implements AutoCloseable {

    private static final long PATIENCE_SECONDS = 120;

    private final String name;
    private final Process process;
    private final Map<String, CompletableFuture<Words>> asked = new ConcurrentHashMap<>();
    private final AtomicLong numbers = new AtomicLong();
    private final Queue<String> output = new ConcurrentLinkedQueue<>();

    private NodeProcess(String name, Process process) {
        this.name = name;
        this.process = process;
        Thread reader = new Thread(this::read, "output of " + name);
        reader.setDaemon(true);
        reader.start();
    }

    /** Starts a JVM for a node; does not wait until it is there. */
    static NodeProcess start(String name, Referee referee, String... options) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto"));
        command.addAll(List.of(options));
        command.addAll(List.of(
                "-Djava.net.preferIPv4Stack=true",
                "-cp",
                System.getProperty("java.class.path"),
                NodeMain.class.getName(),
                name,
                Integer.toString(referee.port())));
        try {
            return new NodeProcess(
                    name, new ProcessBuilder(command).redirectErrorStream(true).start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String name() {
        return name;
    }

    /** Gives an order and waits until it is done. */
    Words call(String order, String... words) {
        return await(ask(order, words));
    }

    /** Gives an order; the future ends when it is done, or fails when the node dies. */
    CompletableFuture<Words> ask(String order, String... words) {
        String number = Long.toString(numbers.incrementAndGet());
        CompletableFuture<Words> answer = new CompletableFuture<>();
        asked.put(number, answer);
        String line = number + "\t" + order + "\t" + String.join("\t", words) + "\n";
        synchronized (process) {
            try {
                process.getOutputStream().write(line.getBytes(StandardCharsets.UTF_8));
                process.getOutputStream().flush();
            } catch (IOException e) {
                answer.completeExceptionally(e);
            }
        }
        if (!process.isAlive()) {
            answer.completeExceptionally(new IllegalStateException("the node is dead"));
        }
        return answer;
    }

    /** Waits for an answer that this node gives. */
    Words await(CompletableFuture<Words> answer) {
        try {
            Words words = answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (words.has("error")) {
                throw new AssertionError(name + ": " + words.text("error") + "\n" + output());
            }
            return words;
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError(name + " did not answer:\n" + output(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** kill -9: returns when the process is gone. */
    void kill() {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns what the node has written besides its answers. */
    String output() {
        return String.join("\n", output);
    }

    long pid() {
        return process.pid();
    }

    private void read() {
        try (BufferedReader in =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (line.startsWith("= ")) {
                    String[] parts = line.substring(2).split("\t", 2);
                    asked.remove(parts[0]).complete(Words.parse(parts[1]));
                } else {
                    output.add(line);
                }
            }
        } catch (IOException e) {
            output.add("the output ended: " + e.getMessage());
        }
        asked.values().forEach(answer -> answer.completeExceptionally(new IllegalStateException("the node has ended")));
    }

    @Override
    public void close() {
        kill();
    }
}
