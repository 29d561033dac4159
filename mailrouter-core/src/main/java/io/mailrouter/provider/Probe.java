package io.mailrouter.provider;

import java.time.Duration;
import java.util.Optional;

/**
 * Asks a service whether it works, without sending anything.
 *
 * <p>Safe to share between threads. The router asks from a thread of its own, never on the way of an email: while the
 * provider is left alone after failures, to learn whether it is worth an email again, and for limits, if it tells them,
 * at the start and every quarter of an hour. A good answer lets a trial begin; only emails that were accepted end it,
 * for a service may answer questions and yet not send. A bad answer lengthens the time for which the provider is left
 * alone already, but never begins it. Only {@link Outcome.Misconfigured} for the whole account has an effect of its own:
 * the provider is held as after an email that was refused so.
 */
@FunctionalInterface
public interface Probe {

    /**
     * Asks once. Blocks, at most as long as it may take; an interrupt ends it and the thread's interrupt flag stays set.
     *
     * <p>Whatever the service answers is an {@link Answer}; an exception means a defect, and the router takes it as
     * {@link Untold}.
     *
     * @param within how long it may take, at least 1 ms
     */
    Answer ask(Duration within);

    /**
     * Says whether a good answer holds the limits of the account, so that it is worth asking at the start and now and
     * then. If not, which is the default, it is asked only while the provider is left alone after failures.
     */
    default boolean tellsLimits() {
        return false;
    }

    /** What came of asking. */
    sealed interface Answer permits Working, NotWorking, Untold {}

    /**
     * The service works.
     *
     * @param limits what it grants the account, where it says so
     */
    record Working(Optional<AccountLimits> limits) implements Answer {}

    /**
     * The service does not work, or not for this account.
     *
     * @param why what an email would have come to
     */
    record NotWorking(Outcome why) implements Answer {
        /** @throws IllegalArgumentException when the outcome says that something was sent or may have been */
        public NotWorking {
            if (!why.surelyNotSent()) {
                throw new IllegalArgumentException("why is " + why.word() + ": a probe sends nothing");
            }
        }
    }

    /**
     * The service could be reached, but does not tell, such as where the credential permits sending only. It counts as
     * if there were no probe: time alone decides.
     *
     * @param code a short, stable word for why, such as {@code access_denied}
     */
    record Untold(String code) implements Answer {
        public Untold {
            code = ProviderText.code(code);
        }
    }
}
