package io.mailrouter.benchmarks.sending;

import io.mailrouter.benchmarks.contest.ChildJvm;
import io.mailrouter.benchmarks.contest.Contest;

/**
 * A contest of {@link SendClient}s against one stand-in, turn by turn.
 *
 * <p>System properties set its lengths: {@code sending.warmUpMillis} for each contender, 25,000 by default because much of
 * the SDK is compiled late; {@code sending.millis} for a turn, 1,000; and {@code sending.rounds}, 5.
 */
final class SendContest {

    private static final long WARM_UP_MILLIS = Long.getLong("sending.warmUpMillis", 25_000);
    private static final int WARM_UPS = 10;
    static final long MILLIS = Long.getLong("sending.millis", 1_000);
    static final int ROUNDS = Integer.getInteger("sending.rounds", 5);
    private static final Load WARM_UP = new Load(16, 0, 2 << 10);

    /** Before each scenario, so that connections are there. */
    private static final long SETTLE_MILLIS = 200;

    private final Contest contest;
    private final ChildJvm stub;

    SendContest(Contest contest, ChildJvm stub) {
        this.contest = contest;
        this.stub = stub;
    }

    /** Lets every contender send until its code is compiled: in turns, for its senders leave the compiler no core. */
    void warmUp() {
        stub.ask("latency " + WARM_UP.latencyMillis());
        contest.rounds("warm-up", 0, WARM_UPS, jvm -> jvm.ask(WARM_UP.order(WARM_UP_MILLIS / WARM_UPS)));
    }

    /** Lets every contender bear a load, and prints the rows. */
    void meet(Load load) {
        stub.ask("latency " + load.latencyMillis());
        contest.rounds("settling", 0, 1, jvm -> jvm.ask(load.order(SETTLE_MILLIS)));
        contest.rounds(load.title(), 0, ROUNDS, jvm -> jvm.ask(load.order(MILLIS)))
                .forEach(row -> System.out.println(row.markdown()));
    }
}
