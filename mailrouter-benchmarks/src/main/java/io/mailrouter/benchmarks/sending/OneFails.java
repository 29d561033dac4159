package io.mailrouter.benchmarks.sending;

import io.mailrouter.benchmarks.contest.ChildJvm;
import io.mailrouter.benchmarks.contest.Row;
import io.mailrouter.benchmarks.http.StubServer;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Scanner;

/**
 * What callers notice when the first of two services fails: SES answers 503 at once, or it takes emails and is silent.
 * SendGrid is well all the time. 16 senders, no latency, emails of 2 KB; an attempt may take 2 s.
 *
 * <p>Three windows of time are told apart: before the fault, its first two seconds, and the three seconds after these. A
 * window ends once its last sends are over. For each: the rate of letters known to be taken, their share of all, and the
 * time within which 99 of 100 sends were over. Then, of all letters of the three windows, how many no service took though
 * the sender was told so, and how many were taken twice. The former is the least that it can be, for letters are counted
 * and not matched: one that a silent service took makes up for one that was lost.
 *
 * <p>A silent service is where two promises part. The library tells the caller that the outcome is unknown and sends
 * nothing twice; code that goes on after a timeout has more letters taken, and those that the silent service took are
 * taken twice.
 */
final class OneFails {

    private static final String BENCHMARK = "one of two services fails";
    private static final List<Contenders> CONTENDERS = List.of(Contenders.MAILROUTER_BOTH, Contenders.GLUE_BOTH);
    private static final Load LOAD = new Load(16, 0, 2 << 10);
    private static final long WARM_UP_MILLIS = Long.getLong("sending.warmUpMillis", 5_000);

    /** Long enough for the first service to be trusted again: both breakers try it after ten seconds. */
    private static final long RECOVERY_MILLIS = WARM_UP_MILLIS * 12 / 5;

    private record Window(String title, long millis) {}

    private static final Window BEFORE = new Window("before", 2_000);
    private static final List<Window> FAILING =
            List.of(new Window("its first 2 s", 2_000), new Window("the 3 s after", 3_000));

    private OneFails() {}

    public static void main(String[] args) {
        for (String fault : List.of("fails", "silent")) {
            CONTENDERS.forEach(contender -> meet(fault, contender));
        }
    }

    private static void meet(String fault, Contenders contender) {
        try (ChildJvm stub = StubServer.started();
                ChildJvm client = SendClient.started(contender, URI.create("http://127.0.0.1:" + stub.read()))) {
            warmUp(stub, client);
            stub.ask("tally");
            long accepted = print(fault, contender, BEFORE, client);
            stub.ask("ses " + fault);
            for (Window window : FAILING) {
                accepted += print(fault, contender, window, client);
            }
            printCounts(fault, contender, accepted, stub.ask("counts"));
        }
    }

    /** Both ways are compiled: first SES takes everything, then nothing, then everything again until it is trusted. */
    private static void warmUp(ChildJvm stub, ChildJvm client) {
        client.ask("watch " + LOAD.order(WARM_UP_MILLIS));
        stub.ask("ses fails");
        client.ask("watch " + LOAD.order(WARM_UP_MILLIS / 3));
        stub.ask("ses accepts");
        client.ask("watch " + LOAD.order(RECOVERY_MILLIS));
    }

    private static long print(String fault, Contenders contender, Window window, ChildJvm client) {
        Watched.Summary seen = Watched.Summary.parse(client.ask("watch " + LOAD.order(window.millis())));
        String figure = String.format(
                Locale.ROOT,
                "%,.0f /s, %.2f %% accepted, p99 %.1f ms",
                seen.accepted() * 1e9 / seen.nanos(),
                100.0 * seen.accepted() / (seen.accepted() + seen.others()),
                seen.p99Micros() / 1e3);
        print(fault + ": " + window.title(), contender, figure);
        return seen.accepted();
    }

    private static void printCounts(String fault, Contenders contender, long accepted, String counts) {
        Scanner taken = new Scanner(counts);
        long once = taken.nextLong();
        long twice = taken.nextLong();
        String figure = String.format(
                Locale.ROOT,
                "at least %d of %d accepted letters lost, %d sent twice",
                Math.max(0, accepted - once),
                accepted,
                twice);
        print(fault + ": in all", contender, figure);
    }

    private static void print(String scenario, Contenders contender, String figure) {
        System.out.println(new Row(BENCHMARK, "SES " + scenario, contender.title(), figure, "", "", "").markdown());
    }
}
