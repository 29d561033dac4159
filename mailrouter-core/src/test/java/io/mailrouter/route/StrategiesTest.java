package io.mailrouter.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class StrategiesTest {

    private static final Routing REVERSED = (email, eligible) -> {
        List<Candidate> reversed = new ArrayList<>(eligible);
        java.util.Collections.reverse(reversed);
        return reversed;
    };

    static EmailBuilder email() {
        return Email.builder().from("shop@example.com").to("ada@example.org").text("hello");
    }

    static List<Candidate> candidates(String... names) {
        return Stream.of(names).map(name -> Candidate.named(name).build()).toList();
    }

    static List<String> names(List<Candidate> candidates) {
        return candidates.stream().map(Candidate::name).toList();
    }

    private static List<String> ranked(Routing strategy, List<Candidate> eligible) {
        return ranked(strategy, email().build(), eligible);
    }

    private static List<String> ranked(Routing strategy, Email email, List<Candidate> eligible) {
        assertThat(names(strategy.preview(email, eligible)))
                .as("preview")
                .isEqualTo(names(strategy.preview(email, eligible)));
        List<String> preview = names(strategy.preview(email, eligible));
        List<String> ranked = names(strategy.rank(email, eligible));
        assertThat(preview).as("what was previewed").isEqualTo(ranked);
        return ranked;
    }

    @Test
    void inOrderIsTheOrderOfRegistration() {
        assertThat(ranked(Routing.inOrder(), candidates("b", "a", "c"))).containsExactly("b", "a", "c");
    }

    @Test
    void theCheapestGoesFirstThenTheQuickerOfEqualsAndWhoHasNoPriceLast() {
        List<Candidate> eligible = List.of(
                Candidate.named("unknown").latency(Duration.ofMillis(1)).build(),
                Candidate.named("slow").cost(2).latency(Duration.ofMillis(200)).build(),
                Candidate.named("quick").cost(2).latency(Duration.ofMillis(100)).build(),
                Candidate.named("cheap").cost(1).latency(Duration.ofMillis(900)).build());

        assertThat(ranked(Routing.costAware(), eligible)).containsExactly("cheap", "quick", "slow", "unknown");
        assertThat(Routing.costAware().score(email().build(), eligible.get(3), eligible))
                .hasValue(1);
        assertThat(Routing.costAware().score(email().build(), eligible.get(0), eligible))
                .isEmpty();
    }

    @Test
    void whoseQuotaRunsOutComesLaterAndOfEqualsTheQuickerGoesFirst() {
        List<Candidate> eligible = List.of(
                Candidate.named("short")
                        .quotaPressure(4)
                        .latency(Duration.ofMillis(1))
                        .build(),
                Candidate.named("slow").latency(Duration.ofMillis(200)).build(),
                Candidate.named("quick").latency(Duration.ofMillis(100)).build());

        assertThat(ranked(Routing.quotaAware(), eligible)).containsExactly("quick", "slow", "short");
        assertThat(Routing.quotaAware().score(email().build(), eligible.get(0), eligible))
                .hasValue(4);
    }

    @Test
    void amongLeavesOutTheOthers() {
        Routing strategy = Routing.inOrder().among("c", "a");

        assertThat(ranked(strategy, candidates("a", "b", "c"))).containsExactly("a", "c");
        assertThat(strategy.names()).containsExactlyInAnyOrder("a", "c");
        assertThatIllegalArgumentException().isThrownBy(() -> Routing.inOrder().among());
    }

    @Test
    void tiersAreTriedOneAfterAnotherEachByItsOwnStrategy() {
        Routing strategy =
                Routing.tiers(REVERSED.among("a", "b"), Routing.costAware().among("c", "d"), Routing.inOrder());
        List<Candidate> eligible = List.of(
                Candidate.named("e").build(),
                Candidate.named("d").cost(2).build(),
                Candidate.named("c").cost(1).build(),
                Candidate.named("a").build(),
                Candidate.named("b").build());

        assertThat(ranked(strategy, eligible)).containsExactly("b", "a", "c", "d", "e");
        assertThat(ranked(strategy, eligible.subList(0, 3))).containsExactly("c", "d", "e");
        assertThat(strategy.names()).containsExactlyInAnyOrder("a", "b", "c", "d");
        assertThat(strategy.score(email().build(), eligible.get(1), eligible)).hasValue(2);
        assertThat(strategy.score(email().build(), eligible.get(0), eligible)).isEmpty();
        assertThat(ranked(Routing.tiers(REVERSED.among("a")), candidates("a", "b")))
                .as("whom no tier takes")
                .containsExactly("a");
        assertThatIllegalArgumentException().isThrownBy(Routing::tiers);
    }

    @Test
    void aPreviewOfTiersTakesNobodysTurn() {
        Routing strategy = Routing.tiers(Routing.roundRobin().among("a", "b"), Routing.inOrder());
        Email email = email().build();
        List<Candidate> eligible = candidates("a", "b", "c");

        for (int i = 0; i < 3; i++) {
            assertThat(names(strategy.preview(email, eligible))).containsExactly("a", "b", "c");
            strategy.score(email, eligible.get(0), eligible);
        }
        assertThat(names(strategy.rank(email, eligible))).containsExactly("a", "b", "c");
        assertThat(names(strategy.rank(email, eligible))).containsExactly("b", "a", "c");
    }

    @Test
    void emailsOfATagOrAClassGoTheirOwnWay() {
        List<Candidate> both = candidates("a", "b");
        Routing byTag = Routing.whenTagged("invoice", REVERSED, Routing.inOrder());
        Routing byClass =
                Routing.byTrafficClass(Map.of("bulk", Routing.inOrder().among("b")), Routing.inOrder());

        assertThat(ranked(byTag, email().tag("invoice").build(), both)).containsExactly("b", "a");
        assertThat(ranked(byTag, email().tag("other").build(), both)).containsExactly("a", "b");
        assertThat(ranked(byClass, email().trafficClass("bulk").build(), both)).containsExactly("b");
        assertThat(ranked(byClass, email().trafficClass("code").build(), both)).containsExactly("a", "b");
        assertThat(ranked(byClass, email().build(), both)).containsExactly("a", "b");
        assertThat(byClass.names()).containsExactly("b");
        assertThat(ranked(
                        Routing.when(e -> e.recipientCount() > 1, REVERSED, Routing.inOrder()),
                        email().cc("b@example.org").build(),
                        both))
                .containsExactly("b", "a");
    }

    @Test
    void aForkTriesOutAsItsChoiceDoesAndLeavesTheRampToTheServiceUnlessBothKnowIt() {
        Routing fork = Routing.whenTagged("code", Routing.inOrder(), Routing.latencyAware());

        assertThat(fork.exploration(email().tag("code").build())).isZero();
        assertThat(fork.exploration(email().build())).isEqualTo(0.01);
        assertThat(Routing.latencyAware().among("a").exploration(email().build()))
                .isEqualTo(0.01);
        assertThat(Routing.tiers(Routing.latencyAware()).exploration(email().build()))
                .isZero();
        assertThat(fork.ramps()).isFalse();
        assertThat(Routing.tiers(Routing.weighted(), Routing.inOrder()).ramps()).isFalse();
        assertThat(Routing.tiers(Routing.weighted().among("a"), Routing.roundRobin())
                        .ramps())
                .isTrue();
    }
}
