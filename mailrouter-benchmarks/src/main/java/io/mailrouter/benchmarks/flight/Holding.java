package io.mailrouter.benchmarks.flight;

import io.mailrouter.EmailService;
import io.mailrouter.SendResult;
import io.mailrouter.benchmarks.contest.SenderThreads;
import io.mailrouter.email.Email;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Has many sends under way at the same time, in a JVM of its own. Writes the bytes of heap that each of them holds, how
 * many were with the provider then and how many waited for a thread, once all have ended as accepted.
 */
final class Holding implements AutoCloseable {

    private static final Duration LONG = Duration.ofMinutes(2);
    private static final String LINE = "Your order is on its way and will be with you soon.\r\n";
    private static final int TEXT_BYTES = 2_048;
    private static final int WARM_UPS = 8;

    private final int sends;
    private final CountDownLatch gate = new CountDownLatch(1);
    private final CountDownLatch landed;
    private final List<CompletableFuture<SendResult>> futures = new ArrayList<>();
    private final WaitingProvider provider = new WaitingProvider(gate);
    private final EmailService emails;
    private final ExecutorService threads;

    private Holding(int sends) {
        this.sends = sends;
        this.landed = new CountDownLatch(sends);
        this.emails = EmailService.builder()
                .provider(provider, p -> p.maxInFlight(sends))
                .maxQueued(sends)
                .breaker(b -> b.slowCalls(LONG, 100))
                .deadline(LONG.multipliedBy(2))
                .build();
        this.threads = SenderThreads.open();
    }

    public static void main(String[] args) throws InterruptedException {
        Flights flight = Flights.valueOf(args[0]);
        int sends = Integer.parseInt(args[1]);
        // A thread that waits in compiled code holds less than one that waits in code that has hardly run.
        for (int wave = 0; wave < WARM_UPS; wave++) {
            measured(flight, sends / 10);
        }
        System.out.println(measured(flight, sends));
    }

    private static String measured(Flights flight, int sends) throws InterruptedException {
        try (Holding holding = new Holding(sends)) {
            return holding.measure(flight);
        }
    }

    private String measure(Flights flight) throws InterruptedException {
        long before = heapInUse();
        for (int i = 0; i < sends; i++) {
            begin(flight, email(i));
        }
        settle();
        long held = heapInUse() - before;
        int withProvider = provider.arrived();
        gate.countDown();
        futures.forEach(future -> land(future.join()));
        if (!landed.await(LONG.toSeconds(), TimeUnit.SECONDS)) {
            throw new IllegalStateException(landed.getCount() + " sends were not accepted");
        }
        return String.format(Locale.ROOT, "%d %d %d", held / sends, withProvider, sends - withProvider);
    }

    private void begin(Flights flight, Email email) {
        switch (flight) {
            case TRY_SEND -> threads.execute(() -> land(emails.trySend(email)));
            case SEND_ASYNC -> futures.add(emails.sendAsync(email));
            case BARE -> threads.execute(() -> land(provider.send(email, Attempt.Context.within(LONG))));
        }
    }

    /** @param result of a send or of an attempt */
    private void land(Object result) {
        if (result instanceof SendResult.Accepted || result instanceof Outcome.Accepted) {
            landed.countDown();
        }
    }

    /** Waits until no more sends reach the provider. */
    private void settle() throws InterruptedException {
        int before = -1;
        for (int arrived = provider.arrived(); arrived > before || arrived == 0; arrived = provider.arrived()) {
            before = arrived;
            TimeUnit.MILLISECONDS.sleep(200);
        }
    }

    private static Email email(int number) {
        String text =
                ("Order " + number + "\r\n" + LINE.repeat(TEXT_BYTES / LINE.length() + 1)).substring(0, TEXT_BYTES);
        return Email.builder()
                .from("Shop <no-reply@example.com>")
                .to("ada@example.org")
                .subject("Your order")
                .text(text)
                .build();
    }

    private static long heapInUse() {
        return Stream.generate(Holding::heapAfterCollection).limit(2).reduce(Long.MAX_VALUE, Math::min);
    }

    private static long heapAfterCollection() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    @Override
    public void close() {
        emails.close();
        threads.shutdown();
    }
}
