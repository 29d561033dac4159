package io.mailrouter.examples.runner;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A runner in a JVM of its own, with its output in a file. */
final class Fork implements AutoCloseable {

    private final Process process;
    private final Path output;

    Fork(Path output, Map<String, String> environment, String... arguments) throws IOException {
        this.output = output;
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        // The tests' own log configuration stands first on the class path.
                        "-Dlogback.configurationFile=logback.xml",
                        Main.class.getName())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.command().addAll(java.util.List.of(arguments));
        builder.environment().keySet().removeIf(name -> name.matches("(MAILROUTER|AWS|SENDGRID)_.*"));
        builder.environment().putAll(environment);
        process = builder.start();
    }

    String output() throws IOException {
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
