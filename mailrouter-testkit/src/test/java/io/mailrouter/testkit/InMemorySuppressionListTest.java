package io.mailrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mailrouter.suppression.CanonicalAddress;
import io.mailrouter.suppression.InMemorySuppressionList;
import io.mailrouter.suppression.Suppression;
import io.mailrouter.suppression.SuppressionList;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class InMemorySuppressionListTest extends SuppressionListContract {

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));

    @Override
    protected SuppressionList list() {
        return InMemorySuppressionList.create(2_000, now::get);
    }

    @Override
    protected Instant now() {
        return now.get();
    }

    @Override
    protected void pass(Duration time) {
        now.updateAndGet(before -> before.plus(time));
    }

    @Test
    void refusesAnotherAddressWhenItIsFullInsteadOfForgettingOne() {
        SuppressionList list = InMemorySuppressionList.create(1, now::get);
        CanonicalAddress ada = CanonicalAddress.of("ada@example.org");
        CanonicalAddress bob = CanonicalAddress.of("bob@example.org");
        Suppression manual = Suppression.forGood(Suppression.Reason.MANUAL, now());
        list.add(ada, new Suppression(Suppression.Reason.MANUAL, now(), Optional.of(now().plusSeconds(60))));

        assertThatThrownBy(() -> list.add(bob, manual))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("suppression list is full: it holds 1 addresses");
        pass(Duration.ofMinutes(2));
        list.add(bob, manual);

        assertThat(list.lookUp(Set.of(ada, bob), Duration.ZERO)).containsOnlyKeys(bob);
    }

    @Test
    void refusesBoundsOutOfTheirRange() {
        assertThatThrownBy(() -> InMemorySuppressionList.create(0, now::get))
                .hasMessage("maxEntries is 0: 1 to 100000000 is needed");
    }
}
