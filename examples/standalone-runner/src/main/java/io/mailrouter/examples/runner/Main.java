package io.mailrouter.examples.runner;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts the runner from the environment; {@code --drain} ends it when its queues are empty.
 *
 * <p>Exit codes: 0 after a clean stop or drain, 1 when something was left behind or could not be started, 2 for a wrong
 * environment.
 */
public final class Main {

    private static final Logger log = LoggerFactory.getLogger(Main.class);

    private Main() {}

    /** Runs until SIGTERM, or with {@code --drain} until the queues are empty. */
    public static void main(String[] args) {
        if (args.length > 0 && args[0].equals("dead-letters")) {
            List<String> words = List.of(args).subList(1, args.length);
            System.exit(DeadLetterCommand.run(words, System.getenv(), System.out, System.err));
        }
        List<String> unknown =
                Arrays.stream(args).filter(arg -> !arg.equals("--drain")).toList();
        if (!unknown.isEmpty()) {
            System.err.println("Unknown argument " + unknown.get(0) + ": only --drain is known");
            System.exit(2);
        }
        Settings settings;
        try {
            settings = Settings.from(System.getenv());
        } catch (SettingsException e) {
            System.err.println("The environment is not right:");
            e.problems().forEach(problem -> System.err.println("  " + problem));
            System.exit(2);
            return;
        }
        // The JDK's server waits for ever for a request that has begun; two of them would block the health page.
        System.setProperty("sun.net.httpserver.maxReqTime", "10");
        System.setProperty("sun.net.httpserver.maxRspTime", "10");
        System.exit(run(settings, args.length > 0));
    }

    private static int run(Settings settings, boolean drain) {
        Runner runner;
        try {
            runner = Runner.start(settings);
        } catch (RuntimeException e) {
            System.err.println("The runner cannot start: " + e.getMessage());
            return 1;
        }
        CountDownLatch terminated = new CountDownLatch(1);
        Thread hook = new Thread(() -> stopAndHalt(runner, terminated), "mailrouter-shutdown");
        Runtime.getRuntime().addShutdownHook(hook);
        if (!drain) {
            awaitQuietly(terminated);
            return 0;
        }
        boolean drained = runner.awaitDrained();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException alreadyStopping) {
            awaitQuietly(terminated);
        }
        Totals totals = runner.stop();
        System.out.println(totals.table());
        return drained && totals.nothingLost() ? 0 : 1;
    }

    /** A JVM that ends by a signal exits with 143 whatever its hooks do; a drained one has done its work. */
    private static void stopAndHalt(Runner runner, CountDownLatch terminated) {
        log.info("Stopping: finishing what is under way, giving back the rest");
        Totals totals = runner.stop();
        System.out.println(totals.table());
        System.out.flush();
        terminated.countDown();
        Runtime.getRuntime().halt(totals.nothingLost() ? 0 : 1);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
