package io.mailrouter.examples.runner;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** A program that may be installed here. Where it is not, or cannot be used, a test says so and is skipped. */
final class Tool {

    private static final int PATIENCE_SECONDS = 120;

    private final String name;

    private Tool(String name) {
        this.name = name;
    }

    /** What a program came to. */
    record Answer(int code, String output) {}

    static Tool installed(String name, String versionArgument) throws IOException, InterruptedException {
        try {
            Answer answer = new Tool(name).run(Path.of("."), versionArgument);
            if (answer.code() != 0) {
                skip(name + " is not usable here: " + answer.output());
            }
        } catch (IOException e) {
            skip(name + " is not installed here");
        }
        return new Tool(name);
    }

    /** Ends the test as skipped, and prints why. */
    static void skip(String why) {
        System.out.println("SKIPPED: " + why.strip());
        Assumptions.abort(why.strip());
    }

    Answer run(Path directory, String... arguments) throws IOException, InterruptedException {
        Path output = Files.createTempFile("tool", ".txt");
        try {
            List<String> command = new ArrayList<>(List.of(name));
            command.addAll(List.of(arguments));
            Process process = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            process.getOutputStream().close();
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
                skip(name + " " + String.join(" ", arguments) + " did not end within " + PATIENCE_SECONDS + " s");
            }
            return new Answer(process.exitValue(), Files.readString(output));
        } finally {
            Files.delete(output);
        }
    }
}
