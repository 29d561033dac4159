package io.mailrouter.idempotency;

import java.util.List;

/**
 * How a send ended, as far as a later asker needs it. Holds no address, subject or body.
 *
 * @param state any but {@link KeyState#IN_FLIGHT}
 * @param provider who took, refused or may have taken the email; empty if that is not known
 * @param messageId the service's own id, empty where there is none
 * @param code a short, stable word for what happened
 * @param others the recipients whose copy was not accepted, or perhaps not, while others' were
 */
public record Settlement(KeyState state, String provider, String messageId, String code, List<Other> others) {

    /** @throws IllegalArgumentException when the state is none to end in */
    public Settlement {
        if (state == KeyState.IN_FLIGHT) {
            throw new IllegalArgumentException("state is IN_FLIGHT: a settlement needs a state to end in");
        }
        others = List.copyOf(others);
    }

    /** Returns an end in which no recipient was told apart. */
    public static Settlement of(KeyState state, String provider, String messageId, String code) {
        return new Settlement(state, provider, messageId, code, List.of());
    }

    /** Returns what a store answers for a lease that ended without a word: its owner may have sent before it died. */
    public static Settlement leaseEnded() {
        return of(KeyState.AMBIGUOUS, "", "", "lease_ended");
    }

    /** Says whether nothing that comes later may change it. */
    public boolean isFinal() {
        return state == KeyState.SENT || state == KeyState.REFUSED;
    }

    /** Says whether a later word of its owner counts: nothing changes what is final, and nothing clear becomes unclear. */
    public boolean mayBecome(Settlement later) {
        return !isFinal() && !(state == KeyState.NOT_SENT && later.state == KeyState.AMBIGUOUS);
    }

    /**
     * A recipient who differs from the whole, by place instead of address.
     *
     * @param recipient the index among the email's recipients, each counted once: to, then cc, then bcc
     * @param state not sent, refused or ambiguous
     * @param code a short, stable word
     */
    public record Other(int recipient, KeyState state, String code) {
        /** @throws IllegalArgumentException when the index is negative, or the state is in flight or sent */
        public Other {
            if (recipient < 0) {
                throw new IllegalArgumentException("recipient is " + recipient + ": an index from 0 is needed");
            }
            if (state == KeyState.IN_FLIGHT || state == KeyState.SENT) {
                throw new IllegalArgumentException("state is " + state + ": that is no other recipient's");
            }
        }
    }
}
