package io.mailrouter.examples.pipeline;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A standalone runner in a JVM of its own, with its log in a file. */
final class RunnerProcess implements AutoCloseable {

    private static final Pattern PAGES = Pattern.compile("pages at (http://[0-9.:]+)");
    private static final Pattern FAILOVER = Pattern.compile("(?m)^mailrouter_failover_total\\{.*} ([0-9.E+]+)$");
    private static final JsonMapper JSON = new JsonMapper();

    private final Process process;
    private final Path log;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(1)).build();
    private Optional<URI> pages = Optional.empty();

    RunnerProcess(Path jar, Map<String, String> environment, Path log) {
        this.log = log;
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1",
                        "-jar",
                        jar.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().keySet().removeIf(name -> name.matches("(MAILROUTER|AWS|SENDGRID)_.*"));
        builder.environment().putAll(environment);
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    Path log() {
        return log;
    }

    /** Returns where the runner shows its pages, once its log says so. */
    Optional<URI> pages() {
        if (pages.isEmpty()) {
            try {
                Matcher line = PAGES.matcher(Files.readString(log, StandardCharsets.UTF_8));
                if (line.find()) {
                    pages = Optional.of(URI.create(line.group(1)));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return pages;
    }

    /** Returns the runner's providers, an empty list while it does not answer. */
    JsonNode providers() {
        return page("/providers").map(RunnerProcess::json).orElseGet(JSON::createArrayNode);
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns how often the runner went on to another provider. */
    long failovers() {
        return page("/metrics").stream()
                .flatMap(text -> FAILOVER.matcher(text).results())
                .mapToLong(line -> (long) Double.parseDouble(line.group(1)))
                .sum();
    }

    private Optional<String> page(String path) {
        if (pages().isEmpty()) {
            return Optional.empty();
        }
        HttpRequest request = HttpRequest.newBuilder(pages().get().resolve(path))
                .timeout(Duration.ofSeconds(2))
                .build();
        try {
            return Optional.of(
                    http.send(request, HttpResponse.BodyHandlers.ofString()).body());
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /** Asks the runner to stop, and returns its exit code; one that does not end in time is killed. */
    int stop(Duration atMost) {
        process.destroy();
        try {
            if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            return -1;
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
