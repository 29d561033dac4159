package io.mailrouter;

import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;

/**
 * What a send came to, and what is still to come of it.
 *
 * @param result what the caller is told
 * @param late what a call that went on past the deadline comes to in the end, if one did
 */
record Sent(SendResult result, Optional<CompletionStage<SendResult>> late) {

    static Sent of(SendResult result) {
        return new Sent(result, Optional.empty());
    }

    /** Returns the same with every result changed, the late one too. */
    Sent map(UnaryOperator<SendResult> change) {
        return new Sent(change.apply(result), late.map(stage -> stage.thenApply(change)));
    }
}
