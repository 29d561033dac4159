package io.mailrouter.sqs;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** The order of a standard queue, which has none: every message begins as soon as a thread is free. */
final class AnyOrder implements Order {

    private final Deliveries senders;
    private final Function<Lease, Optional<String>> notNow;
    private final BiConsumer<Lease, Throwable> letGo;

    /**
     * Begins without messages.
     *
     * @param notNow says why a message must not begin now
     * @param letGo takes what cannot be handed to a thread
     */
    AnyOrder(Deliveries senders, Function<Lease, Optional<String>> notNow, BiConsumer<Lease, Throwable> letGo) {
        this.senders = senders;
        this.notNow = notNow;
        this.letGo = letGo;
    }

    @Override
    public void accept(List<Turn> batch) {
        for (Turn turn : batch) {
            try {
                accept(turn);
            } catch (Throwable defect) {
                letGo.accept(turn.lease(), defect);
            }
        }
    }

    private void accept(Turn turn) {
        Optional<String> why = notNow.apply(turn.lease());
        if (why.isPresent()) {
            release(turn, why.get());
        } else if (!senders.begin(turn)) {
            release(turn, "stopping");
        }
    }

    @Override
    public void releaseWaiting(String code) {
        senders.releaseWaiting(code);
    }

    @Override
    public void release(Turn turn, String code) {
        turn.release(Duration.ZERO, code);
    }

    @Override
    public Disposition revise(Disposition decided, MessageContext context) {
        return decided;
    }

    @Override
    public void notSent(Turn turn, Disposition.Return back) {
        turn.giveBack(back.delay(), back.code());
    }

    @Override
    public void giveBack(Turn turn, Duration delay, String code) {
        turn.giveBack(delay, code);
    }

    @Override
    public boolean isAwaited(Turn turn) {
        return false;
    }

    @Override
    public void ended(Lease lease, boolean deleted) {
        // Nobody waits for it.
    }
}
