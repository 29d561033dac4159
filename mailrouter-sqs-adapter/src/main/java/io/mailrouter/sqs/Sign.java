package io.mailrouter.sqs;

import io.mailrouter.SendResult;

/** What the end of one email shows about the providers. */
enum Sign {
    /** One of them takes emails. */
    TAKES,
    /** One of them answered, or at least was there to be asked, though it did not take this one. */
    ANSWERS,
    /** It looks as if none takes anything now. */
    OUTAGE,
    /** Nothing, for none of them was asked. */
    NOTHING,
    /** Neither one nor the other. */
    UNCLEAR;

    static Sign of(SendResult result, Disposition disposition) {
        if (result.trail().isRepeated()) {
            return NOTHING;
        }
        if (result instanceof SendResult.Accepted) {
            return TAKES;
        }
        if (result instanceof SendResult.NotSent) {
            return disposition instanceof Disposition.Return back && back.outage() ? OUTAGE : UNCLEAR;
        }
        return result.trail().attempts().isEmpty() ? NOTHING : ANSWERS;
    }
}
