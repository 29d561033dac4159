package io.mailrouter.health;

import io.mailrouter.provider.Outcome;

/** What an attempt says about the provider, as opposed to the email. */
public enum Signal {
    /** The provider did its work. */
    OK,
    /** The provider was at fault and sent nothing. */
    UNAVAILABLE,
    /** Nobody knows whether the provider sent. */
    AMBIGUOUS,
    /** The provider asked for a pause or its quota is used up. */
    THROTTLED,
    /** Nothing: the email or the configuration was at fault. */
    NONE;

    /** Returns what an outcome says about the provider. */
    public static Signal of(Outcome outcome) {
        if (outcome instanceof Outcome.Accepted || outcome instanceof Outcome.Partial) {
            return OK;
        }
        if (outcome instanceof Outcome.Unavailable) {
            return UNAVAILABLE;
        }
        if (outcome instanceof Outcome.Unknown) {
            return AMBIGUOUS;
        }
        if (outcome instanceof Outcome.Throttled || outcome instanceof Outcome.QuotaExhausted) {
            return THROTTLED;
        }
        return NONE;
    }
}
