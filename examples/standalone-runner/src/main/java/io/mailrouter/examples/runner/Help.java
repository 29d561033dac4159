package io.mailrouter.examples.runner;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** What {@code --help} and {@code --version} say. */
final class Help {

    private Help() {}

    static String text() {
        return resource("help.txt");
    }

    static String version() {
        return resource("version.txt");
    }

    private static String resource(String name) {
        try (InputStream in = Objects.requireNonNull(Help.class.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).stripTrailing();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
