package io.mailrouter.examples.pipeline;

import io.mailrouter.testkit.Behaviour;
import io.mailrouter.testkit.LoopbackSes;
import java.time.Duration;
import java.util.List;

/**
 * What happens to Amazon SES during the job, act by act, and how far the job should be with its mails by then.
 *
 * <p>An act lasts as long as it says; one that waits for recovery ends sooner, when SES takes mails again.
 */
final class Acts {

    /** The time SES takes for an answer, so that there is something to see. */
    static final Duration SES_LATENCY = Duration.ofMillis(60);

    private record Act(String title, Behaviour ses, Duration length, boolean endsWhenSesTakesMails) {}

    private final LoopbackSes ses;
    private final List<Act> acts = List.of(
            new Act("SES is well", Behaviour.acceptAfter(SES_LATENCY), Duration.ofSeconds(5), false),
            new Act("SES refuses connections", Behaviour.refuseConnections(), Duration.ofSeconds(4), false),
            new Act("SES is back", Behaviour.acceptAfter(SES_LATENCY), Duration.ofSeconds(13), true),
            new Act("SES throttles", LoopbackSes.throttled(), Duration.ofSeconds(4), false),
            new Act("SES is back", Behaviour.acceptAfter(SES_LATENCY), Duration.ofSeconds(6), true),
            new Act("SES accepts, then hangs", Behaviour.acceptThenHang(), Duration.ofSeconds(5), false),
            new Act("SES is back", Behaviour.acceptAfter(SES_LATENCY), Duration.ofSeconds(14), true));
    private final long total;
    private int current = -1;
    private long began;
    private long finished;
    private int acceptedBefore;

    Acts(LoopbackSes ses) {
        this.ses = ses;
        this.total = acts.stream().mapToLong(act -> act.length.toNanos()).sum();
    }

    /** Goes on to the next act when this one is over. To be called a few times a second. */
    void step() {
        if (current < 0 || (current < acts.size() - 1 && isOver())) {
            if (current >= 0) {
                finished += acts.get(current).length.toNanos();
            }
            current++;
            began = System.nanoTime();
            acceptedBefore = ses.accepted().size();
            ses.behave(acts.get(current).ses);
        }
    }

    private boolean isOver() {
        Act act = acts.get(current);
        boolean enough = act.endsWhenSesTakesMails && ses.accepted().size() - acceptedBefore >= 100;
        return enough || System.nanoTime() - began >= act.length.toNanos();
    }

    /** Returns the share of the mails that should be on the queue by now, 0 to 1. */
    double share() {
        if (current < 0) {
            return 0;
        }
        long within = Math.min(System.nanoTime() - began, acts.get(current).length.toNanos());
        return (finished + within) / (double) total;
    }

    String title() {
        return current < 0 ? "" : acts.get(current).title;
    }
}
