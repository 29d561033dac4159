package io.mailrouter.limit;

import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;

/** Divides the limits of one provider within one process, by a clock of its own: what a store of a fleet does. */
final class InProcessLimits {

    private static final long HOUR = Duration.ofHours(1).toNanos();
    private static final long DAY = Duration.ofDays(1).toNanos();

    private final LongSupplier clock;
    int nodes = 1;
    private long today;
    private long usedToday;
    private long usedThisMonth;
    private long nextTurn = Long.MIN_VALUE;
    private int leases;
    private int turns;

    /** @param clock nanoseconds since 1970 */
    InProcessLimits(LongSupplier clock) {
        this.clock = clock;
        this.today = day();
    }

    private long day() {
        return clock.getAsLong() / DAY;
    }

    synchronized long usedToday() {
        roll();
        return usedToday;
    }

    synchronized long usedThisMonth() {
        roll();
        return usedThisMonth;
    }

    /** Loses all that was counted. */
    synchronized void wipe() {
        usedToday = 0;
        usedThisMonth = 0;
    }

    synchronized int leases() {
        return leases;
    }

    synchronized int turns() {
        return turns;
    }

    private void roll() {
        long day = day();
        if (day != today) {
            usedToday = 0;
            if (!month(day).equals(month(today))) {
                usedThisMonth = 0;
            }
            today = day;
        }
    }

    private static LocalDate month(long day) {
        return LocalDate.ofEpochDay(day).withDayOfMonth(1);
    }

    private synchronized SharedLimits.QuotaGrant grant(SharedLimits.QuotaRequest request) {
        leases++;
        roll();
        if (usedToday == 0 && request.knownOn().orElse(-1) == today) {
            usedToday = request.known().day();
            usedThisMonth = Math.max(usedThisMonth, request.known().month());
        }
        long left =
                Math.min(request.limits().day() - usedToday, request.limits().month() - usedThisMonth);
        long granted = 0;
        if (request.least() > 0 && left >= request.least() && request.day().orElse(today) == today) {
            long share = Math.min(request.most(), left / (4L * nodes));
            granted = Math.min(left, Math.max(request.wanted(), Math.max(share, request.least())));
        }
        usedToday += granted;
        usedThisMonth += granted;
        SharedLimits.Windows after = new SharedLimits.Windows(
                request.limits().day() - usedToday,
                request.limits().month() - usedThisMonth,
                request.limits().last24Hours());
        long now = clock.getAsLong();
        return new SharedLimits.QuotaGrant(granted, after, today, now / HOUR, Duration.ofNanos(DAY - now % DAY), nodes);
    }

    private synchronized SharedLimits.TurnGrant grant(SharedLimits.TurnRequest request) {
        turns++;
        long now = clock.getAsLong();
        long interval = request.interval().toNanos();
        long next = Math.max(nextTurn, now - request.burst() * interval);
        long opens = next - now + (request.open() - 1) * interval;
        if (opens > request.within().toNanos()) {
            return new SharedLimits.TurnGrant(0, Duration.ofNanos(opens));
        }
        long granted = Math.max(request.least(), request.wanted());
        nextTurn = next + granted * interval;
        return new SharedLimits.TurnGrant(granted, Duration.ofNanos(next - now));
    }

    /** Returns the limits as a new node sees them. */
    Node join() {
        return new Node();
    }

    /** The way of one node to them, which can be cut or slow. */
    final class Node implements SharedLimits {

        private final List<Runnable> waiting = new ArrayList<>();
        private long untold;
        boolean cut;
        boolean slow;

        /** Tells what was used while the way was cut, as the next exchange does. */
        void tell() {
            long told = untold;
            untold = 0;
            count(told);
        }

        /** Lets what was slow be answered now. */
        void answer() {
            List<Runnable> all = List.copyOf(waiting);
            waiting.clear();
            all.forEach(Runnable::run);
        }

        /** Loses what was slow, done but not heard of. */
        void lose() {
            waiting.clear();
        }

        private <T> CompletionStage<Optional<T>> when(T granted) {
            CompletableFuture<Optional<T>> answer = new CompletableFuture<>();
            if (slow) {
                waiting.add(() -> answer.complete(Optional.of(granted)));
            } else {
                answer.complete(Optional.of(granted));
            }
            return answer;
        }

        @Override
        public CompletionStage<Optional<QuotaGrant>> lease(String provider, QuotaRequest request) {
            return cut ? CompletableFuture.completedFuture(Optional.empty()) : when(grant(request));
        }

        @Override
        public CompletionStage<Optional<TurnGrant>> turns(String provider, TurnRequest request) {
            return cut ? CompletableFuture.completedFuture(Optional.empty()) : when(grant(request));
        }

        @Override
        public void used(String provider, long recipients) {
            if (cut) {
                untold += recipients;
            } else {
                count(recipients);
            }
        }

        private void count(long recipients) {
            synchronized (InProcessLimits.this) {
                roll();
                usedToday += recipients;
                usedThisMonth += recipients;
            }
        }

        @Override
        public void giveBack(String provider, QuotaGrant grant, long recipients) {
            synchronized (InProcessLimits.this) {
                roll();
                usedToday -= grant.day() == today ? recipients : 0;
                usedThisMonth -= month(grant.day()).equals(month(today)) ? recipients : 0;
            }
        }
    }
}
