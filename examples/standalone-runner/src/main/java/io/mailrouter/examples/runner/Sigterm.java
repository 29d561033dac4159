package io.mailrouter.examples.runner;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the process well when it is told to end, at whatever point of its life that is. A second signal changes nothing.
 *
 * <p>A JVM that ends by a signal exits with 143 whatever its hooks do; one that has left nothing behind has done its
 * work, so that it is halted with 0 here.
 */
final class Sigterm {

    private static final Logger log = LoggerFactory.getLogger(Sigterm.class);

    private final Console console;
    private final Thread hook = new Thread(this::end, "mailrouter-shutdown");
    private volatile @Nullable Runner runner;

    private Sigterm(Console console) {
        this.console = console;
    }

    /** Listens from now on. */
    static Sigterm heard(Console console) {
        Sigterm sigterm = new Sigterm(console);
        Runtime.getRuntime().addShutdownHook(sigterm.hook);
        return sigterm;
    }

    /** Names what is to be stopped; before that nothing was received, and the process ends at once. */
    void stops(Runner value) {
        runner = value;
    }

    private void end() {
        int code = 1;
        try {
            Runner ours = runner;
            if (ours == null) {
                log.info("Stopping before the start");
                code = 0;
                return;
            }
            log.info("Stopping: finishing what is under way, giving back the rest");
            Totals totals = ours.stop();
            console.totals(totals);
            code = totals.nothingLost() ? 0 : 1;
        } finally {
            Runtime.getRuntime().halt(code);
        }
    }

    /** Leaves the end to the caller, unless a signal has come: then this does not return, for the process ends here. */
    void leaveTheEnd() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException stopping) {
            awaitTheEnd();
        }
    }

    private void awaitTheEnd() {
        try {
            hook.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
