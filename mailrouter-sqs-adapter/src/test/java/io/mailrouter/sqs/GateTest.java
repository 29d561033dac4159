package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class GateTest {

    private final AtomicBoolean worthATry = new AtomicBoolean(true);
    private volatile Optional<Duration> nextReturn = Optional.empty();
    private final Availability availability = new Availability() {
        @Override
        public boolean noneUsable() {
            return false;
        }

        @Override
        public boolean worthATry() {
            return worthATry.get();
        }

        @Override
        public int takenWithin(Duration time) {
            return Integer.MAX_VALUE;
        }

        @Override
        public Optional<Duration> nextReturn() {
            return nextReturn;
        }
    };

    private final Gate gate = gate(Duration.ofMillis(200));

    private Gate gate(Duration probeEvery) {
        return new Gate(
                probeEvery, availability, new Surroundings(InstantSource.system(), System::nanoTime, new Random(1)));
    }

    private CompletableFuture<Gate.Pass> entering() {
        return CompletableFuture.supplyAsync(gate::enter, LocalSqs.THREADS);
    }

    @Test
    void anOpenGateLetsEveryoneThrough() {
        assertThat(gate.enter()).isEqualTo(Gate.Pass.OPEN);
        assertThat(gate.enter()).isEqualTo(Gate.Pass.OPEN);
    }

    @Test
    void aPausedGateLetsOneProbeThroughAtATimeAndNotSoonerThanItsInterval() {
        long start = System.nanoTime();
        assertThat(gate.pause()).isTrue();
        assertThat(gate.pause()).isFalse();

        assertThat(gate.enter()).isEqualTo(Gate.Pass.PROBE);
        assertThat(System.nanoTime() - start)
                .isGreaterThanOrEqualTo(Duration.ofMillis(200).toNanos());
        CompletableFuture<Gate.Pass> second = entering();
        await().during(Duration.ofMillis(400)).until(() -> !second.isDone());
        gate.probeEnded(false);

        assertThat(second.join()).isEqualTo(Gate.Pass.PROBE);
    }

    @Test
    void aProbeThatShowedNothingIsFollowedByTheNextAtOnce() {
        Gate patient = gate(Duration.ofHours(1));
        nextReturn = Optional.of(Duration.ofMillis(1));
        patient.pause();
        assertThat(patient.enter()).isEqualTo(Gate.Pass.PROBE);
        nextReturn = Optional.empty();

        patient.probeEnded(true);

        assertThat(CompletableFuture.supplyAsync(patient::enter, LocalSqs.THREADS)
                        .orTimeout(90, TimeUnit.SECONDS)
                        .join())
                .isEqualTo(Gate.Pass.PROBE);
    }

    @Test
    void theNextProbeComesWithTheFirstReturnOfAProviderWhereThatIsSoonerThanTheInterval() {
        Gate patient = gate(Duration.ofHours(1));
        long start = System.nanoTime();
        nextReturn = Optional.of(Duration.ofMillis(300));

        patient.pause();

        assertThat(CompletableFuture.supplyAsync(patient::enter, LocalSqs.THREADS)
                        .orTimeout(90, TimeUnit.SECONDS)
                        .join())
                .isEqualTo(Gate.Pass.PROBE);
        assertThat(System.nanoTime() - start)
                .isGreaterThanOrEqualTo(Duration.ofMillis(300).toNanos());
    }

    @Test
    void noProbeIsMadeWhileItWouldBeOfNoUse() {
        worthATry.set(false);
        gate.pause();
        CompletableFuture<Gate.Pass> entering = entering();

        await().during(Duration.ofMillis(600)).until(() -> !entering.isDone());
        worthATry.set(true);

        assertThat(entering.join()).isEqualTo(Gate.Pass.PROBE);
    }

    @Test
    void resumingOpensForWhoeverWaits() {
        worthATry.set(false);
        gate.pause();
        CompletableFuture<Gate.Pass> entering = entering();

        assertThat(gate.resume()).isTrue();
        assertThat(gate.resume()).isFalse();

        assertThat(entering.join()).isEqualTo(Gate.Pass.OPEN);
    }

    @Test
    void closingTurnsEveryoneAway() {
        Gate patient = gate(Duration.ofHours(1));
        patient.pause();
        CompletableFuture<Gate.Pass> entering = CompletableFuture.supplyAsync(patient::enter, LocalSqs.THREADS);

        patient.close();

        assertThat(entering.join()).isEqualTo(Gate.Pass.CLOSED);
        assertThat(patient.enter()).isEqualTo(Gate.Pass.CLOSED);
    }
}
