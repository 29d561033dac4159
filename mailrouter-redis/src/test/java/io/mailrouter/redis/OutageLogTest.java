package io.mailrouter.redis;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class OutageLogTest {

    private final Logs logs = Logs.from(Level.INFO);
    private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 1_000);
    private final OutageLog outage = new OutageLog(LoggerFactory.getLogger(RedisFleet.class), "r:1", clock::get);

    @AfterEach
    void stopListening() {
        logs.close();
    }

    private void pass(Duration time) {
        clock.addAndGet(time.toNanos());
    }

    @Test
    void warnsOnceHoweverLongTheOutageLasts() {
        for (int i = 0; i < 10_000; i++) {
            outage.failed("it is gone");
            pass(Duration.ofSeconds(1));
        }
        outage.succeeded();

        assertThat(logs.ofFleet(Level.WARN, " r:1 "))
                .containsExactly(
                        "Redis at r:1 cannot be used: it is gone. This node goes on with what it knows itself.");
        assertThat(logs.ofFleet(Level.INFO, " r:1 ")).containsExactly("Redis at r:1 is used again after 10000 s");
    }

    @Test
    void warnsOnceAMinuteWhenRedisComesAndGoes() {
        for (int i = 0; i < 120; i++) {
            outage.failed("it is gone");
            pass(Duration.ofSeconds(1));
            outage.succeeded();
        }

        assertThat(logs.ofFleet(Level.WARN, " r:1 ")).hasSize(2);
        assertThat(logs.ofFleet(Level.INFO, " r:1 ")).hasSize(2);
    }

    @Test
    void tellsOfAnotherReasonAfterAMinute() {
        outage.failed("the connection was refused");
        outage.failed("it refused the password");
        assertThat(logs.ofFleet(Level.WARN, " r:1 ")).hasSize(1);
        pass(Duration.ofMinutes(1));
        outage.failed("it refused the password");
        outage.failed("it refused the password");

        assertThat(logs.ofFleet(Level.WARN, " r:1 "))
                .hasSize(2)
                .last()
                .asString()
                .contains("refused the password");
    }

    @Test
    void warnsOfGarbageOnceAMinute() {
        for (int i = 0; i < 61; i++) {
            outage.ignored(2, "{mr:default}:nodes");
            pass(Duration.ofSeconds(1));
        }

        assertThat(logs.ofFleet(Level.WARN, " r:1 "))
                .hasSize(2)
                .allMatch(line -> line.contains("such as at {mr:default}:nodes"));
    }
}
