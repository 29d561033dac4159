package io.mailrouter.benchmarks.smtp;

import io.mailrouter.benchmarks.contest.ChildJvm;
import io.mailrouter.benchmarks.contest.Contest;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * How many emails go out over SMTP in a second through the service, beside Angus Mail by hand, Simple Java Mail and Spring.
 *
 * <p>The server and each contender run in a JVM of their own. Each contender makes an email of the same letter for each
 * send, keeps at most eight connections, and takes its turn at each of two servers: GreenMail, which parses and keeps what
 * it takes, and a sink, which does not and so shows more of the client. A connection to GreenMail costs 44 ms, so whoever
 * opens one now and then, as the library does by default, or for each message is measured at the sink only. The library
 * switches Nagle's algorithm off; Jakarta Mail has no setting for it, and with long messages that costs its other users up
 * to 40 ms for each.
 *
 * <p>System properties: {@code smtp.warmUpMillis} of each contender, {@code smtp.millis} of a turn, {@code smtp.rounds};
 * the arguments name contenders, all by default.
 */
final class SmtpSending {

    /** As many connections may each contender have, as far as it can be told. */
    static final int MOST_SENDERS = 8;

    private static final long WARM_UP_MILLIS = Long.getLong("smtp.warmUpMillis", 4_000);
    private static final long MILLIS = Long.getLong("smtp.millis", 800);
    private static final int ROUNDS = Integer.getInteger("smtp.rounds", 5);
    private static final List<String> HEAP = List.of("-Xms512m", "-Xmx512m");
    private static final List<Scenario> SCENARIOS =
            List.of(new Scenario(1, 2), new Scenario(MOST_SENDERS, 2), new Scenario(MOST_SENDERS, 60));
    private static final Scenario WARM_UP = new Scenario(MOST_SENDERS, 2);

    private record Scenario(int senders, int kilobytes) {

        String title(MailServers server) {
            return String.format(Locale.ROOT, "senders %d, %d KB, %s", senders, kilobytes, server.title());
        }

        String order(long millis) {
            return senders + " " + millis + " " + (kilobytes << 10);
        }
    }

    private SmtpSending() {}

    public static void main(String[] args) {
        List<Contenders> contenders = args.length == 0
                ? List.of(Contenders.values())
                : Arrays.stream(args).map(Contenders::valueOf).toList();
        for (MailServers server : MailServers.values()) {
            contest(
                    server,
                    contenders.stream()
                            .filter(one -> one.keepsConnections() || server == MailServers.SINK)
                            .toList());
        }
    }

    private static void contest(MailServers kind, List<Contenders> contenders) {
        try (ChildJvm server = kind.inJvmOfItsOwn();
                Contest contest = new Contest("SMTP")) {
            String port = server.read();
            contenders.forEach(one -> contest.enter(one.title(), client(one, port)));
            contest.rounds("warm-up", 0, 1, jvm -> turn(server, jvm, WARM_UP.order(WARM_UP_MILLIS)));
            for (Scenario scenario : SCENARIOS) {
                contest.rounds(scenario.title(kind), 1, ROUNDS, jvm -> turn(server, jvm, scenario.order(MILLIS)))
                        .forEach(row -> System.out.println(row.markdown()));
            }
        }
    }

    private static String turn(ChildJvm server, ChildJvm client, String order) {
        server.ask("purge");
        return client.ask(order);
    }

    private static ChildJvm client(Contenders contender, String port) {
        List<String> options =
                Stream.concat(HEAP.stream(), contender.options().stream()).toList();
        ChildJvm jvm = ChildJvm.started(options, SmtpClient.class, contender.name(), port);
        jvm.read();
        return jvm;
    }
}
