package io.mailrouter.smtp;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What was said on the way of one message, or of a connection that was to carry it.
 *
 * @param phase how far it came
 * @param refused the recipients that were refused and how, by address
 * @param reply the last reply that decided, none where it did not come
 * @param failure why the conversation broke off, if it did
 */
record Delivery(Phase phase, Map<String, SmtpReply> refused, Optional<SmtpReply> reply, Optional<Exception> failure) {

    Delivery {
        refused = Collections.unmodifiableMap(new LinkedHashMap<>(refused));
    }

    static Delivery answered(Phase phase, Map<String, SmtpReply> refused, SmtpReply reply) {
        return new Delivery(phase, refused, Optional.of(reply), Optional.empty());
    }

    static Delivery broken(Phase phase, Exception failure) {
        return new Delivery(phase, Map.of(), Optional.empty(), Optional.of(failure));
    }

    /** Returns the phase and a count only. */
    @Override
    public String toString() {
        return "Delivery[" + phase + ", " + refused.size() + " refused]";
    }

    /** Says whether the message is with the server. */
    boolean isAccepted() {
        return phase == Phase.DOT && reply.filter(SmtpReply::isPositive).isPresent();
    }

    /** Says whether the connection is where the next message would expect it. */
    boolean leavesConnectionInOrder() {
        return failure.isEmpty()
                && phase.compareTo(Phase.MAIL) >= 0
                && reply.filter(said -> said.code() != 421 && (said.isRefusal() || isAccepted()))
                        .isPresent();
    }

    /**
     * Says whether the connection was dead before anything of the message went over it: a server may end an idle
     * connection whenever it likes.
     */
    boolean foundConnectionDead() {
        boolean ended = failure.isPresent()
                || reply.filter(said -> said.code() == SmtpReply.CLOSED || said.code() == 421)
                        .isPresent();
        return ended && phase.compareTo(Phase.DATA) < 0;
    }
}
