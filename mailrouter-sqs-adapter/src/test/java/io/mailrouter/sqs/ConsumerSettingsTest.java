package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mailrouter.EmailService;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sqs.SqsClient;

class ConsumerSettingsTest {

    static Settings settings(UnaryOperator<SqsEmailConsumerBuilder> change) {
        return change.apply(builder("http://127.0.0.1/q")).settings();
    }

    static SqsEmailConsumerBuilder builder(String url) {
        try (SqsClient client = SqsClient.builder()
                        .region(Region.EU_WEST_1)
                        .credentialsProvider(AnonymousCredentialsProvider.create())
                        .build();
                EmailService emails = EmailService.builder()
                        .provider(FakeProvider.accepting())
                        .build()) {
            return SqsEmailConsumer.builder(emails, client, url);
        }
    }

    @Test
    void theDefaultsAreThoseOfTheManual() {
        assertThat(settings(b -> b))
                .isEqualTo(new Settings(
                        16,
                        10,
                        4,
                        10,
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(60),
                        0.5,
                        Duration.ofMinutes(10),
                        new Policy(
                                8,
                                Duration.ofSeconds(5),
                                Duration.ofMinutes(15),
                                Handling.DEAD_LETTER,
                                Handling.DEAD_LETTER,
                                Handling.DELETE,
                                Handling.DEAD_LETTER),
                        true,
                        Duration.ofSeconds(5),
                        Duration.ofMillis(100),
                        Duration.ofSeconds(5),
                        Optional.empty(),
                        NoDeadLetterQueue.FAIL,
                        Duration.ofSeconds(25),
                        false,
                        new FifoPolicy(FifoTransient.HOLD, Duration.ofSeconds(60), FifoRejected.CONTINUE)));
    }

    @Test
    void everySettingReachesItsPlace() {
        assertThat(settings(b -> b.concurrency(1)
                        .prefetch(2)
                        .maxPollers(3)
                        .batchSize(4)
                        .waitTime(Duration.ofSeconds(5))
                        .visibility(Duration.ofSeconds(6))
                        .heartbeatAt(0.7)
                        .maxLease(Duration.ofSeconds(8))
                        .maxAttempts(9)
                        .backoffBase(Duration.ofSeconds(10))
                        .backoffMax(Duration.ofSeconds(11))
                        .onRejected(Handling.DELETE)
                        .onMalformed(Handling.DELETE)
                        .onStale(Handling.DEAD_LETTER)
                        .onUnknown(Handling.DELETE)
                        .pauseWhenUnavailable(false)
                        .probeEvery(Duration.ofSeconds(12))
                        .deleteLinger(Duration.ofMillis(13))
                        .intakeAhead(Duration.ofSeconds(15))
                        .deadLetterQueue("http://127.0.0.1/dead")
                        .ifNoDeadLetterQueue(NoDeadLetterQueue.KEEP)
                        .stopTimeout(Duration.ofSeconds(14))
                        .requireExplicitKey(true)
                        .fifoOnTransient(FifoTransient.RELEASE)
                        .fifoHoldFor(Duration.ofSeconds(15))
                        .fifoOnRejected(FifoRejected.BLOCK)))
                .isEqualTo(new Settings(
                        1,
                        2,
                        3,
                        4,
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(6),
                        0.7,
                        Duration.ofSeconds(8),
                        new Policy(
                                9,
                                Duration.ofSeconds(10),
                                Duration.ofSeconds(11),
                                Handling.DELETE,
                                Handling.DELETE,
                                Handling.DEAD_LETTER,
                                Handling.DELETE),
                        false,
                        Duration.ofSeconds(12),
                        Duration.ofMillis(13),
                        Duration.ofSeconds(15),
                        Optional.of("http://127.0.0.1/dead"),
                        NoDeadLetterQueue.KEEP,
                        Duration.ofSeconds(14),
                        true,
                        new FifoPolicy(FifoTransient.RELEASE, Duration.ofSeconds(15), FifoRejected.BLOCK)));
    }

    static Stream<Arguments> outOfRange() {
        Map<String, Consumer<SqsEmailConsumerBuilder>> wrong = Map.ofEntries(
                Map.entry("concurrency is 0: 1 to 1000 is needed", b -> b.concurrency(0)),
                Map.entry("prefetch is -1: 0 to 1000 is needed", b -> b.prefetch(-1)),
                Map.entry("maxPollers is 0: 1 to 100 is needed", b -> b.maxPollers(0)),
                Map.entry("batchSize is 11: 1 to 10 is needed", b -> b.batchSize(11)),
                Map.entry("waitTime is PT0S: PT1S to PT20S is needed", b -> b.waitTime(Duration.ZERO)),
                Map.entry("waitTime is PT1.5S: whole seconds are needed", b -> b.waitTime(Duration.ofMillis(1_500))),
                Map.entry("visibility is PT12H: PT1S to PT11H is needed", b -> b.visibility(Duration.ofHours(12))),
                Map.entry("heartbeatAt is 1.0: 0.1 to 0.9 is needed", b -> b.heartbeatAt(1)),
                Map.entry("heartbeatAt is NaN: 0.1 to 0.9 is needed", b -> b.heartbeatAt(Double.NaN)),
                Map.entry("maxLease is PT0S: PT1S to PT11H is needed", b -> b.maxLease(Duration.ZERO)),
                Map.entry("maxAttempts is 0: 1 to 1000 is needed", b -> b.maxAttempts(0)),
                Map.entry("backoffBase is PT0S: PT1S to PT11H is needed", b -> b.backoffBase(Duration.ZERO)),
                Map.entry("backoffMax is PT12H: PT1S to PT11H is needed", b -> b.backoffMax(Duration.ofHours(12))),
                Map.entry("probeEvery is PT0S: PT0.1S to PT1H is needed", b -> b.probeEvery(Duration.ZERO)),
                Map.entry("deleteLinger is PT6S: PT0S to PT5S is needed", b -> b.deleteLinger(Duration.ofSeconds(6))),
                Map.entry("intakeAhead is PT0S: PT0.1S to PT5M is needed", b -> b.intakeAhead(Duration.ZERO)),
                Map.entry("deadLetterQueue is empty", b -> b.deadLetterQueue(" ")),
                Map.entry(
                        "deadLetterQueue names a FIFO queue: a standard queue is needed",
                        b -> b.deadLetterQueue("http://127.0.0.1/dead.fifo")),
                Map.entry(
                        "deadLetterQueue is the queue that is drained: name another",
                        b -> b.deadLetterQueue("http://127.0.0.1/q")),
                Map.entry("maxBodyBytes is 2097152: 1 to 1048576 is needed", b -> b.maxBodyBytes(2 << 20)),
                Map.entry("maxPayloadBytes is 0: 1 to 268435456 is needed", b -> b.maxPayloadBytes(0)),
                Map.entry("fifoHoldFor is PT0S: PT1S to PT1H is needed", b -> b.fifoHoldFor(Duration.ZERO)),
                Map.entry("stopTimeout is PT-1S: PT0S to PT1H is needed", b -> b.stopTimeout(Duration.ofSeconds(-1))),
                Map.entry(
                        "visibility is PT11M: at most maxLease, which is PT10M, is allowed",
                        b -> b.visibility(Duration.ofMinutes(11)).build()),
                Map.entry(
                        "backoffBase is PT16M: at most backoffMax, which is PT15M, is allowed",
                        b -> b.backoffBase(Duration.ofMinutes(16)).build()));
        return wrong.entrySet().stream().map(entry -> Arguments.of(entry.getKey(), entry.getValue()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("outOfRange")
    void aValueOutOfItsRangeIsRefusedWithTheRange(String message, Consumer<SqsEmailConsumerBuilder> wrong) {
        assertThatThrownBy(() -> wrong.accept(builder("http://127.0.0.1/q")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void anEmptyUrlIsRefused() {
        assertThatThrownBy(() -> builder(" ")).hasMessage("queueUrl is empty");
    }

    @Test
    void theDeadLetterQueueOfAFifoQueueIsAFifoQueue() {
        SqsEmailConsumerBuilder fifo = builder("http://127.0.0.1/q.fifo");

        assertThatThrownBy(() -> fifo.deadLetterQueue("http://127.0.0.1/dead"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("deadLetterQueue names a standard queue");
        assertThat(fifo.deadLetterQueue("http://127.0.0.1/dead.fifo").settings().deadLetterQueueUrl())
                .contains("http://127.0.0.1/dead.fifo");
    }
}
