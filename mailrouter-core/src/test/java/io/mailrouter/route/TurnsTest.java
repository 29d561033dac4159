package io.mailrouter.route;

import static io.mailrouter.route.StrategiesTest.candidates;
import static io.mailrouter.route.StrategiesTest.email;
import static io.mailrouter.route.StrategiesTest.names;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.mailrouter.email.Email;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class TurnsTest {

    private static final Email EMAIL = email().build();

    private static List<String> firsts(Routing strategy, List<Candidate> eligible, int sends) {
        List<String> firsts = new ArrayList<>();
        for (int i = 0; i < sends; i++) {
            firsts.add(strategy.rank(EMAIL, eligible).get(0).name());
        }
        return firsts;
    }

    private static Candidate weighted(String name, double weight) {
        return Candidate.named(name).weight(weight).build();
    }

    @Test
    void providersTakeTurnsWhateverTheirWeights() {
        List<Candidate> eligible = List.of(weighted("a", 5), weighted("b", 1), weighted("c", 1));

        assertThat(firsts(Routing.roundRobin(), eligible, 7)).containsExactly("a", "b", "c", "a", "b", "c", "a");
    }

    @Test
    void theOneWhoseTurnIsNearestFollows() {
        Routing strategy = Routing.roundRobin();
        strategy.rank(EMAIL, candidates("a", "b", "c"));

        assertThat(names(strategy.rank(EMAIL, candidates("a", "b", "c")))).containsExactly("b", "c", "a");
    }

    @Test
    void aTurnPassesToTheNextWhenItsProviderIsAway() {
        Routing strategy = Routing.roundRobin();

        assertThat(firsts(strategy, candidates("a", "b", "c"), 2)).containsExactly("a", "b");
        assertThat(firsts(strategy, candidates("a", "b"), 4)).containsExactly("a", "b", "a", "b");
        assertThat(firsts(strategy, candidates("a", "b", "c"), 3)).containsExactlyInAnyOrder("a", "b", "c");
    }

    @Test
    void sharesAreSmoothAndNoRuns() {
        List<Candidate> eligible = List.of(weighted("a", 3), weighted("b", 1));

        assertThat(firsts(Routing.weighted(), eligible, 8)).containsExactly("a", "a", "b", "a", "a", "a", "b", "a");
    }

    @Test
    void explicitWeightsMultiplyThoseOfTheProvidersAndWhoIsNotNamedStandsBy() {
        Routing strategy = Routing.weighted(Map.of("a", 1.0, "b", 1.0));
        List<Candidate> eligible = List.of(weighted("x", 9), weighted("a", 3), weighted("b", 1), weighted("y", 9));

        assertThat(firsts(strategy, eligible, 400)).filteredOn("a"::equals).hasSize(300);
        assertThat(names(strategy.rank(EMAIL, eligible)).subList(2, 4)).containsExactly("x", "y");
        assertThat(strategy.names()).containsExactlyInAnyOrder("a", "b");
    }

    @Test
    void whereAllWhoAreNamedAreAwayTheOthersAreTriedInOrder() {
        Routing strategy = Routing.weighted(Map.of("a", 1.0));

        assertThat(firsts(strategy, candidates("x", "y"), 2)).containsExactly("x", "x");
        assertThat(firsts(strategy, candidates("x", "a"), 2)).containsExactly("a", "a");
    }

    @Test
    void aProviderThatHasJustComeBackHasLessThanItsShare() {
        List<Candidate> eligible = List.of(Candidate.named("a").slowStart(0.25).build(), weighted("b", 1));

        assertThat(firsts(Routing.weighted(), eligible, 100))
                .filteredOn("a"::equals)
                .hasSize(20);
        assertThat(Routing.weighted().ramps()).isTrue();
    }

    @Test
    void aWeightOutOfRangeIsNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Routing.weighted(Map.of("ses", 0.0)))
                .withMessage("weight of provider 'ses' is 0.0: 0.001 to 1000.0 is needed");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Routing.weighted(Map.of("ses", Double.NaN)))
                .withMessageContaining("NaN");
        assertThatIllegalArgumentException().isThrownBy(() -> Routing.weighted(Map.of()));
    }

    @Test
    void whateverTheWeightsAnyHundredSendsAreSharedOutWithinOne() {
        long seed = new Random().nextLong();
        System.out.println("seed of the weights: " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            int[] percent = percent(random, random.nextInt(2, 6));
            List<Candidate> eligible = new ArrayList<>();
            for (int i = 0; i < percent.length; i++) {
                eligible.add(weighted("p" + i, percent[i] * 0.37));
            }
            List<String> firsts = firsts(Routing.weighted(), eligible, 1_000);
            for (int from = 0; from + 100 <= firsts.size(); from += 7) {
                Map<String, Integer> counts = new HashMap<>();
                firsts.subList(from, from + 100).forEach(name -> counts.merge(name, 1, Integer::sum));
                for (int i = 0; i < percent.length; i++) {
                    assertThat(counts.getOrDefault("p" + i, 0))
                            .as("p" + i + " from " + from + " with the seed " + seed)
                            .isCloseTo(percent[i], within(1));
                }
            }
        }
    }

    /** Whole numbers, each at least 1, that make 100. */
    private static int[] percent(Random random, int providers) {
        int[] percent = new int[providers];
        java.util.Arrays.fill(percent, 1);
        for (int i = providers; i < 100; i++) {
            percent[random.nextInt(1 + random.nextInt(providers))]++;
        }
        return percent;
    }

    @Test
    void sixtyFourThreadsTakeEveryTurnOnce() throws Exception {
        Routing strategy = Routing.weighted();
        List<Candidate> eligible = List.of(weighted("a", 5), weighted("b", 3), weighted("c", 2));
        ExecutorService threads = Executors.newFixedThreadPool(64);
        try {
            List<Future<List<String>>> all = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                all.add(threads.submit(() -> firsts(strategy, eligible, 500)));
            }
            Map<String, Integer> counts = new HashMap<>();
            for (Future<List<String>> one : all) {
                one.get().forEach(name -> counts.merge(name, 1, Integer::sum));
            }

            assertThat(counts).isEqualTo(Map.of("a", 16_000, "b", 9_600, "c", 6_400));
        } finally {
            threads.shutdownNow();
        }
    }
}
