package io.mailrouter.redis;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;

/** What sixteen nodes in JVMs of their own send together. They leave other tests nothing of a small machine. */
@Order(2)
@ResourceLock("forked JVMs")
class FleetQuotaJvmTest {

    private static final int NODES = 16;

    private static RedisServer redis;
    private static Referee referee;
    private static NodeProcesses nodes;
    private static FleetTrials trials;

    @BeforeAll
    static void start() {
        redis = RedisServer.started();
        referee = new Referee();
        nodes = NodeProcesses.started(referee, NODES);
        trials = new FleetTrials(nodes, referee, redis.uri());
    }

    @AfterAll
    static void stop() {
        nodes.close();
        referee.close();
        redis.close();
    }

    @Test
    @DisplayName("a daily quota is never overspent by 16 nodes, three of which are killed and replaced midway")
    void neverOverspendsAQuota() {
        FleetTrials.Spent spent = trials.quota("quota", 5_000);

        System.out.println(
                spent.accepted() + " of a quota of 5,000 were sent by " + NODES + " nodes, 3 of them killed");
        assertThat(spent.overshoot()).isZero();
        // A reserve of 2 %, what the dead had leased, at most 78 at a time, and what the last leases leave over.
        assertThat(spent.accepted()).isGreaterThan(5_000 * 88 / 100);
        assertThat(NodeProcesses.sum(spent.ended(), "lost")).isZero();
        assertThat(NodeProcesses.sum(spent.ended(), "not_sent")).isPositive();
    }

    @Test
    @DisplayName("a shared rate: 16 nodes that all want more use it as one")
    void sharesARate() {
        // What a busy machine holds back is sent late, beside what is due: a quiet round of some tells of the limit.
        FleetTrials.Paced paced = trials.rate("rate-0", 200, 4);
        for (int round = 1; round < 3 && paced.worst() > 1.1 + paced.stall(); round++) {
            paced = trials.rate("rate-" + round, 200, 4);
        }

        System.out.printf(
                "%d nodes used %.0f %% of 200/s, worst second %.0f %%, the machine stood still for %.0f ms%n",
                NODES, paced.used() * 100, paced.worst() * 100, paced.stall() * 1_000);
        assertThat(paced.worst())
                .as("1 is all of the rate; each for itself they would send 16 times that")
                .isLessThan(2 + paced.stall());
        assertThat(paced.used()).isGreaterThan(0.3);
    }
}
