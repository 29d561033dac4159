package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.EmailService;
import io.mailrouter.SendResult;
import io.mailrouter.Trail;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Batches at the same time, all of whose messages fail; {@code mailrouter.lambda.batches} says how many, 10,000 by default. */
class LambdaBatchesTest {

    private static final int BATCHES = Integer.getInteger("mailrouter.lambda.batches", 10_000);
    private static final long SEED = Long.getLong("mailrouter.lambda.seed", 20261122);
    private static final int AT_A_TIME = 4;

    /** A failure that says nothing about the providers, so that no message is spared its own. */
    private static final SendResult BEING_SENT = new SendResult.NotSent(
            "in_flight_elsewhere", "", Optional.empty(), new Trail("mr1", List.of(), List.of(), Duration.ZERO));

    @Test
    @DisplayName("Q9 parallel batches with all failing: every id is there, once")
    void noIdIsMissing() throws Exception {
        System.out.println(BATCHES + " batches, seed " + SEED);
        long begin = System.nanoTime();
        ExecutorService invocations = Executors.newFixedThreadPool(AT_A_TIME);
        try (EmailService emails =
                EmailService.builder().provider(FakeProvider.accepting()).build()) {
            SqsEmailLambdaHandler handler = SqsEmailLambdaHandler.builder(emails)
                    .onUnknown(Handling.DELETE)
                    .onRejected(Handling.DELETE)
                    .sending(email -> BEING_SENT)
                    .build();
            List<Future<Integer>> parts = new ArrayList<>();
            for (int part = 0; part < AT_A_TIME; part++) {
                Random random = new Random(SEED + part);
                parts.add(invocations.submit(() -> missing(handler, random, BATCHES / AT_A_TIME)));
            }
            int missing = 0;
            for (Future<Integer> part : parts) {
                missing += part.get();
            }

            assertThat(missing).isZero();
        } finally {
            invocations.shutdownNow();
        }
        System.out.println(BATCHES + " batches in "
                + Duration.ofNanos(System.nanoTime() - begin).toMillis() + " ms, 0 ids missing");
    }

    private static int missing(SqsEmailLambdaHandler handler, Random random, int batches) {
        int missing = 0;
        for (int batch = 0; batch < batches; batch++) {
            String[] ids = IntStream.range(0, 2 + random.nextInt(9))
                    .mapToObj(String::valueOf)
                    .toArray(String[]::new);
            List<String> failed = LambdaEvents.failed(
                    handler.handleRequest(LambdaEvents.emails(ids), LambdaEvents.TimeLeft.plenty()));
            missing += failed.equals(List.of(ids)) ? 0 : 1;
        }
        return missing;
    }
}
