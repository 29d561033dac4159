package io.mailrouter.examples.runner;

import java.io.PrintStream;
import java.util.List;
import java.util.Map;

/** Starts the runner from the environment, or says how that is done. {@link Help} says what the exit codes mean. */
public final class Main {

    private static final int NOT_WELL = 1;
    private static final int WRONG = 2;

    private Main() {}

    /** Runs until SIGTERM, or with {@code --drain} until the queues are empty. */
    public static void main(String[] args) {
        // The JDK's server waits for ever for a request that has begun; two of them would block the health page.
        System.setProperty("sun.net.httpserver.maxReqTime", "10");
        System.setProperty("sun.net.httpserver.maxRspTime", "10");
        System.exit(run(List.of(args), System.getenv(), System.out, System.err));
    }

    static int run(List<String> arguments, Map<String, String> environment, PrintStream out, PrintStream err) {
        Console console = new Console(environment, out, err);
        if (arguments.contains("--help")) {
            console.answer(Help.text());
            return 0;
        }
        if (arguments.contains("--version")) {
            console.answer("mailrouter-runner " + Help.version());
            return 0;
        }
        if (!arguments.isEmpty() && arguments.get(0).equals("dead-letters")) {
            return DeadLetterCommand.run(arguments.subList(1, arguments.size()), environment, out, err);
        }
        for (String argument : arguments) {
            if (!argument.equals("--drain")) {
                console.problem(
                        "Unknown argument " + argument + ": --drain, --help and --version are known", List.of());
                return WRONG;
            }
        }
        try {
            return run(Settings.from(environment), !arguments.isEmpty(), console);
        } catch (SettingsException e) {
            console.problem("The environment is not right", e.problems());
            return WRONG;
        }
    }

    private static int run(Settings settings, boolean drain, Console console) {
        Sigterm sigterm = Sigterm.heard(console);
        Runner runner;
        try {
            runner = Runner.of(settings);
            sigterm.stops(runner);
            runner.start();
        } catch (RuntimeException e) {
            sigterm.leaveTheEnd();
            console.problem("The runner cannot start: " + e.getMessage(), List.of());
            return NOT_WELL;
        }
        boolean well = drain ? runner.awaitDrained() : awaitEnd(runner);
        sigterm.leaveTheEnd();
        Totals totals = runner.stop();
        console.totals(totals);
        return well && totals.nothingLost() ? 0 : NOT_WELL;
    }

    /** Nothing but a signal ends it well; who restarts the process is told when a consumer has ended by itself. */
    private static boolean awaitEnd(Runner runner) {
        try {
            runner.awaitEnd();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return false;
    }
}
