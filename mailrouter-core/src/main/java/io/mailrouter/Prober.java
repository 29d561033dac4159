package io.mailrouter;

import io.mailrouter.provider.AccountLimits;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Probe;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks one provider's probe beside the sends: for the limits of the account, and whether a trial may begin.
 *
 * <p>Used by one thread, its own, so that a probe that hangs holds up nobody else.
 */
final class Prober implements Runnable {

    private static final Logger log = LoggerFactory.getLogger(EmailService.class);

    /** How often to look whether there is something to ask. */
    static final Duration TICK = Duration.ofSeconds(1);

    /** A service that takes longer is none to trust an email to. */
    private static final Duration WITHIN = Duration.ofSeconds(10);

    /** After an answer that is not good; sooner than the hold of a wrong configuration ends, which so lasts without a gap. */
    private static final Duration SOONER = Duration.ofMinutes(4);

    private final String name;
    private final Probe probe;
    private final Breaker breaker;
    private final Findings findings;
    private final Duration pause;
    private final Time time;
    private final RandomGenerator random;
    private long nextLook;
    private final boolean looks;
    private boolean toldSo;

    /** What follows from an answer, apart from the breaker. */
    record Findings(Consumer<AccountLimits> limits, Consumer<Outcome.Misconfigured> misconfigured) {}

    /** @param pause how long after a good answer the limits are asked for again */
    Prober(
            String name,
            Probe probe,
            Breaker breaker,
            Findings findings,
            Duration pause,
            Time time,
            RandomGenerator random) {
        this.name = name;
        this.probe = probe;
        this.breaker = breaker;
        this.findings = findings;
        this.pause = pause;
        this.time = time;
        this.random = random;
        this.nextLook = time.nanos();
        this.looks = probe.tellsLimits();
    }

    /**
     * Asks if there is something to ask. An answer that an interrupt cut short says nothing. What a fleet leaves alone is
     * asked by the node that may try it, and by no other.
     */
    @Override
    public void run() {
        Breaker.Permit permit = breaker.tryProbe();
        boolean looksNow =
                looks && time.nanos() - nextLook >= 0 && !breaker.status().isOfFleet();
        if (permit == null && !looksNow) {
            return;
        }
        Probe.Answer answer = ask();
        if (Thread.currentThread().isInterrupted()) {
            return;
        }
        boolean good = answer instanceof Probe.Working;
        nextLook = time.nanos() + soon(good || pause.compareTo(SOONER) < 0 ? pause : SOONER);
        note(answer, permit);
    }

    /** Up to a quarter earlier, so that the nodes of a fleet do not ask together. */
    private long soon(Duration at) {
        long nanos = at.toNanos();
        return nanos - random.nextLong(nanos / 4);
    }

    private void note(Probe.Answer answer, Breaker.@Nullable Permit permit) {
        boolean reached = true;
        if (answer instanceof Probe.Working working) {
            working.limits().ifPresent(findings.limits());
        } else if (answer instanceof Probe.NotWorking notWorking) {
            reached = !(notWorking.why() instanceof Outcome.Unavailable);
            note(notWorking.why());
        } else if (answer instanceof Probe.Untold untold) {
            tellOnce(untold.code());
        }
        if (permit != null) {
            breaker.probed(permit, reached);
        }
    }

    private void note(Outcome why) {
        log.debug("Provider {} does not work, says its probe: {}", name, why.code());
        if (why instanceof Outcome.Misconfigured wrong && wrong.scope() == Outcome.Scope.ACCOUNT) {
            findings.misconfigured().accept(wrong);
        }
    }

    private void tellOnce(String code) {
        if (!toldSo) {
            toldSo = true;
            log.warn(
                    "Provider {} does not answer its probe: {}; its limits stay unknown, emails are unaffected",
                    name,
                    code);
        }
    }

    private Probe.Answer ask() {
        try {
            Probe.Answer answer = probe.ask(WITHIN);
            return answer != null ? answer : new Probe.Untold("null");
        } catch (Throwable defect) {
            return new Probe.Untold("threw " + defect.getClass().getSimpleName());
        }
    }
}
