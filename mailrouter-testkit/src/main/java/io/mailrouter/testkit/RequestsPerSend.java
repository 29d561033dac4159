package io.mailrouter.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;

/** How many requests a service saw for one send, in each failure. */
final class RequestsPerSend {

    private static final Path FOLDER = Path.of("target", "requests-per-send");

    private final String provider;
    private final Map<Fault, Integer> counts = new EnumMap<>(Fault.class);
    private final Map<Fault, String> words = new EnumMap<>(Fault.class);

    RequestsPerSend(String provider) {
        this.provider = provider;
    }

    void add(Fault fault, int requests, String came) {
        counts.put(fault, requests);
        words.put(fault, requests + " | " + came);
    }

    void skip(Fault fault) {
        words.put(fault, "- | the service knows no such failure");
    }

    Map<Fault, Integer> counts() {
        return counts;
    }

    /** Prints the table, and writes it where the build keeps what it made. */
    void write() {
        System.out.println(this);
        Path file = FOLDER.resolve(provider + ".md");
        try {
            Files.createDirectories(FOLDER);
            Files.writeString(file, toString());
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be written", e);
        }
    }

    @Override
    public String toString() {
        StringBuilder table = new StringBuilder("| the service | requests seen from ")
                .append(provider)
                .append(" | outcome |\n|---|---|---|\n");
        words.forEach((fault, seen) -> table.append("| ")
                .append(fault.words())
                .append(" | ")
                .append(seen)
                .append(" |\n"));
        return table.toString();
    }
}
