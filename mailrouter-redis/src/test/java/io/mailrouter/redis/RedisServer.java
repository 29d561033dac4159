package io.mailrouter.redis;

import static org.awaitility.Awaitility.await;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import redis.embedded.core.ExecutableProvider;

/** A real Redis process on a free port of the loopback, to be killed, frozen and started again. */
final class RedisServer implements AutoCloseable {

    private static final File EXECUTABLE = executable();

    private final int port = freePort();
    private final Path directory;
    private final List<String> options;
    private Process process;

    private RedisServer(String... options) {
        try {
            this.directory = Files.createTempDirectory("mailrouter-redis");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.options = List.of(options);
    }

    static RedisServer started(String... options) {
        RedisServer server = new RedisServer(options);
        server.start();
        return server;
    }

    /** A server that has its port and is not there yet. */
    static RedisServer stopped(String... options) {
        return new RedisServer(options);
    }

    void start() {
        List<String> command = new ArrayList<>(List.of(EXECUTABLE.getPath(), "--port", Integer.toString(port)));
        command.addAll(List.of("--bind", "127.0.0.1", "--save", "", "--appendonly", "no"));
        command.addAll(List.of("--dir", directory.toString()));
        command.addAll(options);
        try {
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("redis.log").toFile())
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        await().atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(20))
                .until(this::answers);
    }

    private boolean answers() {
        try {
            String answer = String.valueOf(call("PING"));
            return answer.equals("PONG") || answer.startsWith("-NOAUTH");
        } catch (UncheckedIOException e) {
            if (!process.isAlive()) {
                throw new IllegalStateException("redis-server has ended with " + process.exitValue());
            }
            return false;
        }
    }

    String uri() {
        return "redis://127.0.0.1:" + port;
    }

    int port() {
        return port;
    }

    /** Returns what an option was set to. */
    String option(String name) {
        return options.get(options.indexOf(name) + 1);
    }

    /** kill -9. */
    void kill() {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    void freeze() {
        signal("-STOP");
    }

    void thaw() {
        signal("-CONT");
    }

    private void signal(String signal) {
        try {
            new ProcessBuilder("kill", signal, Long.toString(process.pid()))
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        if (process != null) {
            kill();
        }
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted((a, b) -> b.compareTo(a)).forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Calls one command on a connection of its own. An error comes as a text that begins with a hyphen. */
    Object call(String... words) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(10_000);
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            bytes.writeBytes(("*" + words.length + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            for (String word : words) {
                bytes.writeBytes(("$" + word.length() + "\r\n" + word + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            }
            socket.getOutputStream().write(bytes.toByteArray());
            return answer(new BufferedInputStream(socket.getInputStream()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Object answer(InputStream in) throws IOException {
        String line = line(in);
        String rest = line.substring(1);
        switch (line.charAt(0)) {
            case '+':
                return rest;
            case ':':
                return Long.parseLong(rest);
            case '$':
                int length = Integer.parseInt(rest);
                if (length < 0) {
                    return "(nil)";
                }
                String text = new String(in.readNBytes(length), StandardCharsets.ISO_8859_1);
                in.skipNBytes(2);
                return text;
            case '*':
                List<Object> answers = new ArrayList<>();
                for (int i = Integer.parseInt(rest); i > 0; i--) {
                    answers.add(answer(in));
                }
                return answers;
            default:
                return line;
        }
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new IOException("closed");
            }
            line.append((char) c);
        }
        return line.toString().strip();
    }

    /** Returns how often the server has run a command. */
    long received(String command) {
        Object stats = call("INFO", "commandstats");
        Matcher calls =
                Pattern.compile("cmdstat_" + command + ":calls=([0-9]+)").matcher(String.valueOf(stats));
        return calls.find() ? Long.parseLong(calls.group(1)) : 0;
    }

    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static File executable() {
        File found = Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .map(folder -> new File(folder, "redis-server"))
                .filter(File::canExecute)
                .findFirst()
                .orElseGet(RedisServer::embedded);
        System.out.println("Redis for the tests: " + found);
        return found;
    }

    private static File embedded() {
        try {
            return ExecutableProvider.newJarResourceProvider().get();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
