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
import java.util.stream.Stream;

/** A real Redis process on a free port of the loopback, to be killed, frozen and started again. */
final class RedisServer implements TestRedis {

    private final ServerProgram program;
    private final String host;
    private final int port;
    private final Path directory;
    private final List<String> options;
    private Process process;

    private RedisServer(ServerProgram program, int port, String... options) {
        this(program, "127.0.0.1", port, options);
    }

    private RedisServer(ServerProgram program, String host, int port, String... options) {
        try {
            this.directory = Files.createTempDirectory("mailrouter-redis");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.program = program;
        this.host = host;
        this.port = port;
        this.options = List.of(options);
    }

    static RedisServer started(String... options) {
        return of(ServerProgram.usual(), options);
    }

    /** A server of this program. */
    static RedisServer of(ServerProgram program, String... options) {
        return at(program, freePort(), options);
    }

    /** A server of this program at this port. */
    static RedisServer at(ServerProgram program, int port, String... options) {
        RedisServer server = new RedisServer(program, port, options);
        server.start();
        return server;
    }

    /** A server that somebody else has started, and ends. */
    static RedisServer running(String name, String host, int port) {
        return new RedisServer(new ServerProgram(name, new File(name)), host, port);
    }

    /** A server that has its port and is not there yet. */
    static RedisServer stopped(String... options) {
        return new RedisServer(ServerProgram.usual(), freePort(), options);
    }

    /** A sentinel alone, which knows a master as "main" and takes another in its place a second after its death. */
    static RedisServer sentinelOf(RedisServer master) {
        RedisServer sentinel = new RedisServer(master.program, freePort(), "sentinel.conf", "--sentinel");
        String main = "sentinel monitor main 127.0.0.1 " + master.port + " 1\n";
        String times = "sentinel down-after-milliseconds main 500\nsentinel failover-timeout main 2000\n";
        try {
            Files.writeString(sentinel.directory.resolve("sentinel.conf"), main + times);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        sentinel.start();
        return sentinel;
    }

    void start() {
        List<String> command = new ArrayList<>(List.of(program.file().getPath()));
        if (options.contains("--sentinel")) {
            command.addAll(options);
        }
        command.addAll(List.of("--port", Integer.toString(port), "--bind", "127.0.0.1"));
        if (!options.contains("--sentinel")) {
            command.addAll(List.of("--save", "", "--appendonly", "no"));
            command.addAll(options);
        }
        try {
            process = new ProcessBuilder(command)
                    .directory(directory.toFile())
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

    @Override
    public String uri() {
        return "redis://" + host + ":" + port;
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

    @Override
    public Object call(String... words) {
        return call(List.of(List.of(words)));
    }

    /** Calls one command after a login with the password of the default user. */
    Object as(String password, String... words) {
        return call(List.of(List.of("AUTH", password), List.of(words)));
    }

    /** Calls some commands on one connection, and returns the answer of the last. */
    Object call(List<List<String>> commands) {
        try (Socket socket = new Socket(host, port)) {
            socket.setSoTimeout(10_000);
            BufferedInputStream in = new BufferedInputStream(socket.getInputStream());
            Object answer = "";
            for (List<String> words : commands) {
                socket.getOutputStream().write(bytes(words));
                answer = answer(in);
            }
            return answer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] bytes(List<String> words) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(("*" + words.size() + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
        for (String word : words) {
            bytes.writeBytes(("$" + word.length() + "\r\n" + word + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
        }
        return bytes.toByteArray();
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

    @Override
    public List<Object> onEach(String... words) {
        return List.of(call(words));
    }

    @Override
    public String toString() {
        return program.toString();
    }

    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
