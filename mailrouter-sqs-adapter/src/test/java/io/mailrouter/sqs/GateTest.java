package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class GateTest {

    private final AtomicBoolean worthATry = new AtomicBoolean(true);
    private final Availability availability = new Availability() {
        @Override
        public boolean noneUsable() {
            return false;
        }

        @Override
        public boolean worthATry() {
            return worthATry.get();
        }
    };

    private final Gate gate = new Gate(
            Duration.ofMillis(200),
            availability,
            new Surroundings(InstantSource.system(), System::nanoTime, new Random(1)));

    private CompletableFuture<Gate.Pass> entering() {
        return CompletableFuture.supplyAsync(gate::enter);
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
        gate.probeEnded();

        assertThat(second.join()).isEqualTo(Gate.Pass.PROBE);
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
        gate.pause();
        CompletableFuture<Gate.Pass> entering = entering();

        gate.close();

        assertThat(entering.join()).isEqualTo(Gate.Pass.CLOSED);
        assertThat(gate.enter()).isEqualTo(Gate.Pass.CLOSED);
    }
}
