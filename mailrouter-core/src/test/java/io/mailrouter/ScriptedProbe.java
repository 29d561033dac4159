package io.mailrouter;

import io.mailrouter.provider.AccountLimits;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Probe;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;

/** Answers what it is told to, and remembers that it was asked. */
final class ScriptedProbe implements Probe {

    static final AccountLimits LIMITS = new AccountLimits(OptionalDouble.of(14), OptionalLong.of(50_000), 7);
    static final Answer GOOD = new Working(Optional.of(LIMITS));
    static final Answer DOWN = new NotWorking(new Outcome.Unavailable("connection_refused", ""));
    static final Answer PAUSED = new NotWorking(
            new Outcome.Misconfigured("sending_paused", "the account may not send", Outcome.Scope.ACCOUNT));

    interface Script {
        Answer answer() throws InterruptedException;
    }

    final List<Duration> asked = new CopyOnWriteArrayList<>();
    volatile boolean tellsLimits = true;
    volatile Script script = () -> GOOD;

    ScriptedProbe always(Answer answer) {
        script = () -> answer;
        return this;
    }

    @Override
    public boolean tellsLimits() {
        return tellsLimits;
    }

    @Override
    public Answer ask(Duration within) {
        asked.add(within);
        try {
            return script.answer();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Untold("interrupted");
        }
    }
}
