package io.mailrouter.examples.pipeline;

import io.mailrouter.testkit.AcceptedEmail;
import io.mailrouter.testkit.Behaviour;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Drains a queue through two providers while one of them fails, and holds what was put in against what came out.
 *
 * <p>{@code --mails N} sets how many mails there are (2,000 by default), {@code --keep} leaves everything running at
 * the end, {@code --seed N} repeats a run's mails. Exit code 0 only if nothing was lost, doubled or altered.
 */
public final class Main {

    private static final Duration STOP_AT_MOST = Duration.ofSeconds(18);
    private static final Duration SENDGRID_LATENCY = Duration.ofMillis(80);

    private final Options options;
    private final Parts parts = new Parts();
    private final List<RunnerProcess> runners = new ArrayList<>();
    private final Screen screen = new Screen();
    private final long start = System.nanoTime();
    private boolean closed;

    /** What the command line asks for. */
    record Options(int mails, boolean keep, long seed) {

        static Options of(String[] args) {
            int mails = 2_000;
            boolean keep = false;
            long seed = System.nanoTime() & 0xFFFFFF;
            for (int i = 0; i < args.length; i++) {
                switch (args[i]) {
                    case "--keep" -> keep = true;
                    case "--mails" -> mails = number(args, ++i, 1, 100_000);
                    case "--seed" -> seed = number(args, ++i, 0, Integer.MAX_VALUE);
                    default ->
                        throw new IllegalArgumentException(
                                "unknown argument " + args[i] + ": --mails N, --keep and --seed N are known");
                }
            }
            return new Options(mails, keep, seed);
        }

        private static int number(String[] args, int index, int least, int most) {
            String wanted = args[index - 1] + " needs a number from " + least + " to " + most;
            if (index == args.length || !args[index].matches("\\d{1,9}")) {
                throw new IllegalArgumentException(wanted);
            }
            int number = Integer.parseInt(args[index]);
            if (number < least || number > most) {
                throw new IllegalArgumentException(wanted);
            }
            return number;
        }
    }

    private Main(Options options) {
        this.options = options;
    }

    /** Runs the job and ends the JVM with its exit code. */
    public static void main(String[] args) throws IOException, InterruptedException {
        System.exit(run(args));
    }

    static int run(String... args) throws IOException, InterruptedException {
        Options options;
        try {
            options = Options.of(args);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            return 2;
        }
        Main main = new Main(options);
        try {
            return main.run() ? 0 : 1;
        } finally {
            main.close();
        }
    }

    /** Ends what was started, also when somebody presses Ctrl-C. */
    private synchronized void close() {
        runners.forEach(RunnerProcess::close);
        if (!closed) {
            closed = true;
            parts.close();
        }
    }

    private boolean run() throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("mailrouter-pipeline");
        Runtime.getRuntime().addShutdownHook(new Thread(this::close));
        System.out.println("mailrouter: " + options.mails + " mails through SES and SendGrid on loopback, seed "
                + options.seed + ", logs in " + directory);
        List<Mail> mails = new Mails(options.seed).make(options.mails);
        parts.sendGrid().behave(Behaviour.acceptAfter(SENDGRID_LATENCY));
        int concurrency = Math.max(4, Math.min(64, options.mails / 500));
        Path jar = Path.of(System.getProperty("mailrouter.runner.jar"));
        for (int i = 1; i <= 2; i++) {
            Map<String, String> environment = parts.environment(concurrency);
            runners.add(new RunnerProcess(jar, environment, directory.resolve("runner-" + i + ".log")));
        }
        boolean drained = drain(mails);
        Duration took = sinceStart();
        long failovers = runners.stream().mapToLong(RunnerProcess::failovers).sum();
        if (options.keep) {
            report(mails, failovers, took, drained, List.of());
            keep();
        }
        List<Integer> exits =
                runners.stream().map(runner -> runner.stop(STOP_AT_MOST)).toList();
        return report(mails, failovers, took, drained, exits);
    }

    /** With the stop, the usual 2,000 mails end within 90 s; more mails may take longer. */
    private Duration atMost() {
        return Duration.ofSeconds(70 + Math.max(0, options.mails - 2_000) / 50);
    }

    private Duration sinceStart() {
        return Duration.ofNanos(System.nanoTime() - start);
    }

    /** Feeds the queue act by act, and waits until it is empty; gives up when the time is over. */
    private boolean drain(List<Mail> mails) throws InterruptedException {
        CountDownLatch never = new CountDownLatch(1);
        while (runners.stream()
                        .anyMatch(runner -> runner.isAlive() && runner.pages().isEmpty())
                && sinceStart().compareTo(atMost()) < 0) {
            pause(never);
        }
        Acts acts = new Acts(parts.ses());
        int sent = 0;
        long depth = -1;
        while (sent < mails.size() || depth > 0) {
            if (sinceStart().compareTo(atMost()) > 0 || !runners.stream().allMatch(RunnerProcess::isAlive)) {
                return false;
            }
            acts.step();
            int due = (int) Math.min(mails.size(), Math.ceil(mails.size() * acts.share()));
            if (due > sent) {
                List<Mail> next = mails.subList(sent, due);
                parts.queue().send(next);
                parts.queue().send(next.stream().filter(Mail::isRepeated).toList());
                sent = due;
            }
            depth = parts.queue().depth();
            screen.show(new Screen.View(
                    acts.title(),
                    (int) (sent - depth),
                    mails.size(),
                    depth,
                    runners.stream().map(RunnerProcess::providers).toList()));
            pause(never);
        }
        return true;
    }

    private static void pause(CountDownLatch never) throws InterruptedException {
        if (never.await(100, TimeUnit.MILLISECONDS)) {
            throw new IllegalStateException();
        }
    }

    private void keep() throws InterruptedException {
        System.out.println("Everything stays up until you press Ctrl-C:");
        parts.urls().forEach((name, url) -> System.out.println("  " + name + "  " + url));
        for (RunnerProcess runner : runners) {
            runner.pages()
                    .ifPresent(url -> System.out.println("  runner  " + url + "/health  " + url + "/providers  " + url
                            + "/metrics  " + runner.log()));
        }
        new CountDownLatch(1).await();
    }

    private boolean report(List<Mail> mails, long failovers, Duration took, boolean drained, List<Integer> exits) {
        List<AcceptedEmail> accepted = new ArrayList<>(parts.ses().accepted());
        accepted.addAll(parts.sendGrid().accepted());
        Audit audit = new Audit(mails, accepted, parts.queue().deadLetters());
        boolean passed = drained && audit.passed() && exits.stream().allMatch(exit -> exit == 0);
        double seconds = took.toMillis() / 1_000.0;
        row("enqueued", mails.size() + " mails to " + audit.addresses() + " addresses");
        row(
                "repeated by their producer",
                mails.stream().filter(Mail::isRepeated).count());
        row("accepted by SES", parts.ses().accepted().size());
        row("accepted by SendGrid", parts.sendGrid().accepted().size());
        row("failovers", failovers);
        row(
                "dead-lettered",
                audit.deadReasons().values().stream().mapToInt(n -> n).sum());
        audit.deadReasons().forEach((reason, count) -> row("  " + reason, count));
        row(
                "unknown",
                audit.unknown() + ", of which SES had accepted " + audit.unknownButAccepted()
                        + ": a resend would have doubled them");
        row("lost", audit.lost());
        row("duplicates", audit.duplicates());
        row("altered", audit.altered());
        row("time", String.format("%.1f s, %.0f mails/s", seconds, mails.size() / seconds));
        row("runners' exit codes", exits.isEmpty() ? "still running" : exits);
        audit.findings().forEach(finding -> System.out.println("  ! " + finding));
        if (!drained) {
            System.out.println("  ! the queue was not drained in time, or a runner ended: see its log");
        }
        System.out.println(passed ? "PASSED: nothing lost, nothing sent twice" : "FAILED");
        return passed;
    }

    private static void row(String what, Object value) {
        System.out.printf("  %-34s %s%n", what, value);
    }
}
