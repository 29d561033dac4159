package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;

/** The consumer in 10,000 histories of faults, crashes and interleavings, each of which a seed repeats. */
class ConsumerSimulationTest {

    private static final long FIRST = Long.getLong("mailrouter.simulation.seed", 1);
    private static final int SCHEDULES = Integer.getInteger("mailrouter.simulation.schedules", 10_000);

    /** What the histories must come to, lest they pass because nothing happens in them. */
    private static final String[] MET = {
        "Accepted",
        "DeadLettered attempts_used",
        "DeadLettered malformed",
        "DeadLettered partly_accepted",
        "DeadLettered unknown",
        "DeleteLost",
        "Deleted duplicate",
        "Held",
        "LeaseExtended",
        "LeaseLost",
        "Paused",
        "PollFailed",
        "PollOverdue",
        "Resumed",
        "Returned behind_another",
        "Returned defect",
        "Returned in_flight_elsewhere",
        "Returned not_dead_lettered",
        "Returned paused",
        "Returned service_closed",
        "Returned stopping",
        "Returned throttled",
        "crash",
        "redrive",
    };

    private final LoggerContext logs = (LoggerContext) LoggerFactory.getILoggerFactory();
    private final Thread here = Thread.currentThread();

    private final TurboFilter silence = new TurboFilter() {
        @Override
        public FilterReply decide(
                @Nullable Marker marker,
                Logger logger,
                Level level,
                @Nullable String format,
                Object @Nullable [] params,
                @Nullable Throwable t) {
            return Thread.currentThread() == here ? FilterReply.DENY : FilterReply.NEUTRAL;
        }
    };

    @BeforeEach
    void silence() {
        logs.addTurboFilter(silence);
    }

    @AfterEach
    void speak() {
        logs.getTurboFilterList().remove(silence);
    }

    @Test
    void noHistoryLosesAMessageSendsOneTwiceOrKeepsAPermit() {
        Set<String> seen = new TreeSet<>();
        for (long seed = FIRST; seed < FIRST + SCHEDULES; seed++) {
            seen.addAll(Simulation.run(seed));
        }

        if (SCHEDULES >= 10_000) {
            assertThat(seen).contains(MET);
        }
    }

    @Test
    void aSeedRepeatsItsHistory() {
        for (long seed = FIRST; seed < FIRST + 100; seed++) {
            assertThat(Simulation.history(seed)).as("seed %s", seed).isEqualTo(Simulation.history(seed));
        }
    }

    @ParameterizedTest
    @EnumSource(names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    void whatIsWrongOnPurposeIsSeen(Flaw flaw) {
        boolean seen = LongStream.range(FIRST, FIRST + 200)
                .mapToObj(seed -> Simulation.violations(seed, flaw))
                .flatMap(List::stream)
                .anyMatch(violation -> violation.contains(flaw.words()));

        assertThat(seen).as("seeds from %s", FIRST).isTrue();
    }
}
