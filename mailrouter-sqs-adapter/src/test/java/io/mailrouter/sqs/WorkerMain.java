package io.mailrouter.sqs;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A {@link Worker} in a JVM of its own, whose words are the arguments.
 *
 * <p>It says {@code = ready} when it is there, goes when it is told {@code go}, and lets its threads on by {@code on}. It
 * ends when its input does or by SIGTERM, which it answers by a stop, {@code = stopped} and exit code 0.
 */
public final class WorkerMain {

    private static final PrintStream OUT = System.out;

    private WorkerMain() {}

    /** Serves until the input ends. */
    public static void main(String... arguments) throws IOException {
        Worker worker = new Worker(List.of(arguments), WorkerMain::say);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(worker), "stop"));
        say("ready");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (line.equals("go")) {
                worker.go();
            } else {
                worker.on();
            }
        }
        Runtime.getRuntime().halt(3);
    }

    /** A JVM that ends by a signal exits with 143 whatever its hooks do; one that has stopped in order says so. */
    private static void stop(Worker worker) {
        worker.stop();
        Runtime.getRuntime().halt(0);
    }

    private static void say(String what) {
        synchronized (OUT) {
            OUT.println("= " + what);
            OUT.flush();
        }
    }
}
