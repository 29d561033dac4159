package io.mailrouter.redis;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** What sixteen nodes in JVMs of their own send together. They leave other tests nothing of a small machine. */
@Isolated
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
    @DisplayName("a shared rate: 16 nodes in their worst second send at most 110 % of it")
    void sharesARate() {
        FleetTrials.Paced paced = trials.rate("rate", 200, 5);

        System.out.printf(
                "%d nodes used %.0f %% of 200/s, worst second %.0f %%, the machine stood still for %.0f ms%n",
                NODES, paced.used() * 100, paced.worst() * 100, paced.stall() * 1_000);
        assertThat(paced.worst()).isLessThanOrEqualTo(1.1 + paced.stall());
        assertThat(paced.used()).isGreaterThan(0.7);
    }
}
