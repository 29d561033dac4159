package io.mailrouter.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/**
 * A node in a JVM of its own sends for minutes while its Redis and its providers fail by a seeded schedule. As long as
 * {@code mailrouter.soak.minutes} says, 3 by default; begins before the other classes, which run beside it, for it mostly waits.
 */
@Order(1)
class FleetSoakJvmTest {

    private static final long SEED = Long.getLong("mailrouter.soak.seed", 20261122);
    private static final Duration LENGTH = Duration.ofMinutes(Long.getLong("mailrouter.soak.minutes", 3));
    private static final List<String> ENDS =
            List.of("accepted", "partly_accepted", "rejected", "not_sent", "unknown", "expired", "suppressed");
    private static final int ROUND = 150;

    /** What one round of sends came to, and what the JVM held after it. */
    private record Round(Words sent, Words held) {}

    @Test
    @DisplayName(
            "T15 a soak with seeded chaos: heap, threads, descriptors and p99 stay flat, and every email has one end")
    void staysAsItIsThroughMinutesOfChaos() {
        System.out.println("soak of " + LENGTH + ", seed " + SEED);
        List<Round> rounds = new ArrayList<>();
        try (Referee referee = new Referee();
                Chaos chaos = new Chaos(SEED, referee, "soak-a", "soak-b", "soak-c");
                NodeProcess node = NodeProcess.start("soak", referee)) {
            node.call(
                    "open",
                    "fleet=soak",
                    "uri=" + chaos.uri(),
                    "deadline=2000",
                    "maxWait=200",
                    "openFor=500",
                    "maxOpenFor=4000",
                    "lease=10000",
                    "storeTime=50",
                    "suppressing=true",
                    "provider=name=soak-a,daily=1000000",
                    "provider=name=soak-b",
                    "provider=name=soak-c,rate=200");
            long end = System.nanoTime() + LENGTH.toNanos();
            for (int i = 0; System.nanoTime() - end < 0; i++) {
                // The list may have been wiped, or be out of reach.
                node.call("suppress", "fleet=soak", "address=suppressed@example.org");
                Words sent = node.call(
                        "send",
                        "fleet=soak",
                        "mixed=true",
                        "count=" + ROUND,
                        "rate=50",
                        "threads=32",
                        "label=r" + i + "-",
                        "key=k" + i + "-");
                rounds.add(new Round(sent, node.call("resources")));
            }
            chaos.end();
            await().atMost(NodeProcesses.LONG)
                    .until(() ->
                            node.call("status", "fleet=soak").text("connected").equals("true"));
            await().atMost(NodeProcesses.LONG)
                    .until(() -> node.call("send", "fleet=soak", "label=last-", "count=10")
                                    .number("accepted")
                            == 10);
            report(rounds, chaos);
            assertThat(takenTwice(referee)).isEmpty();
        }
        assertThat(rounds).allSatisfy(round -> assertThat(ends(round)).isEqualTo(ROUND));
        List<Round> first = third(rounds, 0);
        List<Round> last = third(rounds, 2);
        long megabyte = 1 << 20;
        assertThat(median(last, r -> r.held().number("heap")))
                .isLessThan(median(first, r -> r.held().number("heap")) * 5 / 4 + 4 * megabyte);
        assertThat(median(last, r -> r.held().number("threads")))
                .isLessThanOrEqualTo(median(first, r -> r.held().number("threads")) + 8);
        assertThat(median(last, r -> r.held().number("descriptors")))
                .isLessThanOrEqualTo(median(first, r -> r.held().number("descriptors")) + 8);
        // Of the quieter rounds: how many of the others meet a service that is silent until the deadline is left to
        // chance.
        assertThat(quartile(last, r -> r.sent().number("p99")))
                .isLessThan(quartile(first, r -> r.sent().number("p99")) * 10 + 500_000);
    }

    private static long ends(Round round) {
        return ENDS.stream()
                .mapToLong(end -> round.sent().number(end) + round.sent().number("repeated_" + end))
                .sum();
    }

    /** Returns the emails that a service took although another, or the same, had taken them. */
    private static List<String> takenTwice(Referee referee) {
        Map<String, Long> taken = referee
                .attempts(attempt -> attempt.isAccepted()
                        && !attempt.key().startsWith("last-")
                        && !attempt.key().startsWith("suppressed"))
                .stream()
                .collect(Collectors.groupingBy(Referee.Attempt::key, Collectors.counting()));
        return taken.entrySet().stream()
                .filter(entry -> entry.getValue() > 1)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Returns one third of the rounds after a warm-up of a tenth. */
    private static List<Round> third(List<Round> rounds, int which) {
        List<Round> warm = rounds.subList(rounds.size() / 10, rounds.size());
        return warm.subList(warm.size() * which / 3, warm.size() * (which + 1) / 3);
    }

    private static long median(List<Round> rounds, ToLongFunction<Round> of) {
        return sorted(rounds, of)[rounds.size() / 2];
    }

    private static long quartile(List<Round> rounds, ToLongFunction<Round> of) {
        return sorted(rounds, of)[rounds.size() / 4];
    }

    private static long[] sorted(List<Round> rounds, ToLongFunction<Round> of) {
        return rounds.stream().mapToLong(of).sorted().toArray();
    }

    private static void report(List<Round> rounds, Chaos chaos) {
        System.out.println("soak: " + rounds.size() + " rounds, " + chaos);
        for (int which = 0; which < 3; which++) {
            List<Round> third = third(rounds, which);
            System.out.printf(
                    "soak, third %d: heap %d KiB, threads %d, descriptors %d, p50 %d us, p99 %d us; %s%n",
                    which + 1,
                    median(third, r -> r.held().number("heap")) / 1024,
                    median(third, r -> r.held().number("threads")),
                    median(third, r -> r.held().number("descriptors")),
                    median(third, r -> r.sent().number("p50")),
                    median(third, r -> r.sent().number("p99")),
                    ENDS.stream()
                            .map(end -> end + " "
                                    + third.stream()
                                            .mapToLong(r -> r.sent().number(end)
                                                    + r.sent().number("repeated_" + end))
                                            .sum())
                            .collect(Collectors.joining(", ")));
        }
    }
}
