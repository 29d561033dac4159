package io.mailrouter.examples.runner;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A runner in a JVM of its own, with its output in two files. */
final class Fork implements AutoCloseable {

    private final Process process;
    private final Path output;
    private final Path errors;

    Fork(Path output, Map<String, String> environment, String... arguments) throws IOException {
        this.output = output;
        this.errors = output.resolveSibling("errors");
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Xshare:auto",
                        "-cp",
                        System.getProperty("java.class.path"),
                        // The tests' own log configuration stands first on the class path.
                        "-Dlogback.configurationFile=logback.xml",
                        Main.class.getName())
                .redirectOutput(output.toFile())
                .redirectError(errors.toFile());
        builder.command().addAll(List.of(arguments));
        builder.environment().keySet().removeIf(name -> name.matches("(MAILROUTER|AWS|SENDGRID)_.*"));
        builder.environment().putAll(environment);
        process = builder.start();
    }

    /** Returns what it has said so far, at both. */
    String output() throws IOException {
        return standardOutput() + Files.readString(errors);
    }

    String standardOutput() throws IOException {
        return Files.readString(output);
    }

    /** Sends SIGTERM. */
    void terminate() {
        process.destroy();
    }

    int exitCode() throws InterruptedException {
        if (!process.waitFor(180, TimeUnit.SECONDS)) {
            throw new AssertionError("the runner did not end within 180 s");
        }
        return process.exitValue();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
