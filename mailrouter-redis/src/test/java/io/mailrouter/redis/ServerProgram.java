package io.mailrouter.redis;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import redis.embedded.core.ExecutableProvider;

/**
 * A server's program that is there: the Redis 6.2 that comes with the tests, and what is installed.
 *
 * @param name such as {@code redis 7.0.15}
 */
record ServerProgram(String name, File file) {

    private static final Pattern VERSION = Pattern.compile("v=([0-9.]+)");
    private static final List<ServerProgram> ALL = all();

    /** Returns the programs that are there, the one that most tests use first. */
    static List<ServerProgram> found() {
        return ALL;
    }

    /** Returns an installed {@code redis-server}, or the one that comes with the tests. */
    static ServerProgram usual() {
        return ALL.get(0);
    }

    @Override
    public String toString() {
        return name;
    }

    private static List<ServerProgram> all() {
        List<ServerProgram> all = Stream.of(installed("redis-server"), embedded(), installed("valkey-server"))
                .flatMap(Optional::stream)
                .collect(Collectors.toUnmodifiableList());
        System.out.println("Servers for the tests: " + all);
        return all;
    }

    private static Optional<ServerProgram> installed(String program) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .map(folder -> new File(folder, program))
                .filter(File::canExecute)
                .findFirst()
                .map(file -> new ServerProgram("installed " + program + " " + version(file), file));
    }

    private static Optional<ServerProgram> embedded() {
        try {
            File file = ExecutableProvider.newJarResourceProvider().get();
            return Optional.of(new ServerProgram("embedded redis-server " + version(file), file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String version(File file) {
        try {
            Process process = new ProcessBuilder(file.getPath(), "--version")
                    .redirectErrorStream(true)
                    .start();
            try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
                Matcher version = VERSION.matcher(lines.lines().collect(Collectors.joining()));
                return version.find() ? version.group(1) : "of an unknown version";
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
