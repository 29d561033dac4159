package io.mailrouter.sqs;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * What a seed decides before anything happens.
 *
 * @param store whether the services share a store of keys
 * @param rough whether threads may be late by any time; else heartbeats and deletes keep pace
 * @param faults how likely a call or an entry of a batch fails
 * @param duplicates how likely a message that is out is handed out again
 * @param maxReceives after how many receives the queue itself takes a message out, 0 for never
 * @param deadLetters whether there is a dead-letter queue
 * @param fifo whether the queue keeps the order of groups
 * @param rates whether the provider says how many emails it takes
 * @param crashes how likely a consumer dies, in each of its chances
 * @param messages how many messages there are
 * @param lives how many consumers run at a time
 */
record Weather(
        Settings settings,
        boolean store,
        boolean rough,
        double faults,
        double duplicates,
        int maxReceives,
        boolean deadLetters,
        boolean fifo,
        boolean rates,
        double crashes,
        int messages,
        int lives) {

    private static final List<Settings> WITH_DEAD_LETTERS = variants(b -> b);
    private static final List<Settings> WITHOUT = Stream.concat(
                    variants(b -> b.ifNoDeadLetterQueue(NoDeadLetterQueue.DELETE_AND_EVENT)).stream(),
                    variants(b -> b.ifNoDeadLetterQueue(NoDeadLetterQueue.KEEP)
                                    .onUnknown(Handling.DELETE)
                                    .onRejected(Handling.DELETE))
                            .stream())
            .toList();

    private static List<Settings> variants(UnaryOperator<SqsEmailConsumerBuilder> base) {
        return List.of(
                ConsumerSettingsTest.settings(b -> base.apply(b.concurrency(1).prefetch(0))),
                ConsumerSettingsTest.settings(b -> base.apply(b.concurrency(4)
                        .prefetch(6)
                        .visibility(Duration.ofSeconds(5))
                        .maxAttempts(3))),
                ConsumerSettingsTest.settings(b -> base.apply(b.concurrency(6)
                        .prefetch(7)
                        .batchSize(2)
                        .visibility(Duration.ofSeconds(20))
                        .maxLease(Duration.ofSeconds(20))
                        .deleteLinger(Duration.ofSeconds(5)))),
                ConsumerSettingsTest.settings(b -> base.apply(b.concurrency(2)
                        .prefetch(2)
                        .batchSize(3)
                        .onStale(Handling.DEAD_LETTER)
                        .onMalformed(Handling.DELETE)
                        .fifoOnTransient(FifoTransient.RELEASE)
                        .maxAttempts(1)
                        .probeEvery(Duration.ofSeconds(1)))),
                ConsumerSettingsTest.settings(b -> base.apply(b.concurrency(2)
                        .prefetch(3)
                        .visibility(Duration.ofHours(10))
                        .maxLease(Duration.ofHours(11))
                        .backoffMax(Duration.ofHours(11))
                        .backoffBase(Duration.ofHours(11))
                        .pauseWhenUnavailable(false))));
    }

    static Weather of(Random random) {
        boolean deadLetters = random.nextInt(8) > 0;
        List<Settings> all = deadLetters ? WITH_DEAD_LETTERS : WITHOUT;
        double[] faults = {0, 0.02, 0.1, 0.3};
        double[] crashes = {0, 0.05, 0.25};
        return new Weather(
                all.get(random.nextInt(all.size())),
                random.nextInt(5) > 0,
                random.nextBoolean(),
                faults[random.nextInt(faults.length)],
                random.nextInt(3) == 0 ? 0.05 : 0,
                random.nextInt(3) == 0 ? 3 + random.nextInt(10) : 0,
                deadLetters,
                random.nextInt(3) == 0,
                random.nextInt(4) == 0,
                crashes[random.nextInt(crashes.length)],
                1 + random.nextInt(7),
                1 + random.nextInt(2));
    }

    /** Says whether no lease may ever run out. */
    boolean isFine() {
        return !rough && faults == 0 && settings.maxLease().compareTo(Duration.ofMinutes(10)) >= 0;
    }
}
