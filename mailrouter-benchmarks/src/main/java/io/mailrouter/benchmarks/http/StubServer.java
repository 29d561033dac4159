package io.mailrouter.benchmarks.http;

import io.mailrouter.benchmarks.contest.ChildJvm;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Scanner;

/**
 * A stand-in for SES and SendGrid in a JVM of its own, on a port of the loopback interface that it writes first. It takes
 * orders on its standard input, answers each with a line, and ends with it:
 *
 * <pre>
 *   latency 50      answers after so many milliseconds, 0 at first
 *   ses fails       503 from now on; silent: takes emails, answers none; accepts: as at first; likewise sendgrid
 *   tally           counts emails from now on, by the number after {@link Tally#MARK} in each
 *   counts          how many emails were taken since then, and how many of them twice
 *   cpu             nanoseconds of CPU that this JVM has used
 * </pre>
 */
public final class StubServer {

    private StubServer() {}

    public static void main(String[] args) throws Exception {
        Mood mood = new Mood();
        Tally tally = new Tally();
        System.out.println(StubKind.valueOf(args.length == 0 ? "RAW" : args[0]).start(mood, tally));
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String order = orders.readLine(); order != null; order = orders.readLine()) {
            System.out.println(obey(new Scanner(order), mood, tally));
        }
        // The JDK's server keeps a thread that is no daemon.
        System.exit(0);
    }

    /** Starts one. Its first line is its port. */
    public static ChildJvm started() {
        return started(StubKind.RAW);
    }

    /** Starts one of a kind. The heap is small and its collector simple, so that it takes little of the machine. */
    static ChildJvm started(StubKind kind) {
        List<String> options = List.of(
                "-Xms256m",
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-Dsun.net.httpserver.nodelay=true",
                "-Dsun.net.httpserver.maxIdleConnections=1024");
        return ChildJvm.started(options, StubServer.class, kind.name());
    }

    private static String obey(Scanner order, Mood mood, Tally tally) {
        String word = order.next();
        switch (word) {
            case "latency" -> mood.latency(order.nextLong());
            case "tally" -> tally.begin();
            case "counts" -> {
                return tally.line();
            }
            case "cpu" -> {
                return String.valueOf(
                        ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
                                .getProcessCpuTime());
            }
            default -> mood.set(Endpoint.named(word), order.next());
        }
        return "done";
    }
}
