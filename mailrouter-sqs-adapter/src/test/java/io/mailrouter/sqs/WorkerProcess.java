package io.mailrouter.sqs;

import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The JVM of a {@link WorkerMain}, started, led and killed by a test. */
final class WorkerProcess implements AutoCloseable {

    static final Duration LONG = Duration.ofMinutes(3);

    private final String name;
    private final Process process;
    private final Thread reader;
    private final List<String> said = new CopyOnWriteArrayList<>();
    private final List<String> output = new CopyOnWriteArrayList<>();

    private WorkerProcess(String name, Process process) {
        this.name = name;
        this.process = process;
        this.reader = new Thread(this::read, "output of " + name);
        reader.setDaemon(true);
        reader.start();
    }

    /** Starts a JVM for a worker; does not wait until it is there. */
    static WorkerProcess start(String name, List<String> words) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx96m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-Djava.net.preferIPv4Stack=true",
                "-cp",
                System.getProperty("java.class.path"),
                WorkerMain.class.getName()));
        command.addAll(words);
        try {
            return new WorkerProcess(
                    name, new ProcessBuilder(command).redirectErrorStream(true).start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String name() {
        return name;
    }

    /** Lets it drain, once it is there. */
    WorkerProcess go() {
        awaitSaid("ready");
        tell("go");
        return this;
    }

    void tell(String line) {
        try {
            process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(name + " is gone:\n" + output(), e);
        }
    }

    /** Waits until it has said so. */
    WorkerProcess awaitSaid(String what) {
        await(name + " says " + what)
                .atMost(LONG)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> {
                    if (!said.contains(what) && !process.isAlive() && !reader.isAlive()) {
                        throw new IllegalStateException(
                                name + " has ended with " + process.exitValue() + ":\n" + output());
                    }
                    return said.contains(what);
                });
        return this;
    }

    /** Returns what it has said, in order. */
    List<String> said() {
        return List.copyOf(said);
    }

    /** Returns what it has written besides. */
    String output() {
        return String.join("\n", output);
    }

    /** kill -9: returns when the process is gone. */
    void kill() {
        process.destroyForcibly();
        awaitEnd();
    }

    /** SIGTERM; returns at once. */
    void terminate() {
        // Unlike that of the process itself, this leaves its streams open, so that what it says last is heard.
        process.toHandle().destroy();
    }

    /** SIGSTOP and SIGCONT, by their names. */
    void signal(String signal) {
        try {
            int code = new ProcessBuilder("kill", signal, Long.toString(process.pid()))
                    .start()
                    .waitFor();
            if (code != 0) {
                throw new IllegalStateException("kill " + signal + " ended with " + code);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns the exit code once it has ended and all that it said was read. */
    int awaitEnd() {
        await(name + " ends").atMost(LONG).until(() -> !process.isAlive() && !reader.isAlive());
        return process.exitValue();
    }

    private void read() {
        try (BufferedReader in =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (line.startsWith("= ")) {
                    said.add(line.substring(2));
                } else {
                    output.add(line);
                }
            }
        } catch (IOException e) {
            output.add("the output ended: " + e.getMessage());
        }
    }

    @Override
    public void close() {
        kill();
    }
}
