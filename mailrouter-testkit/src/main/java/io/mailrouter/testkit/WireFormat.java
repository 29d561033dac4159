package io.mailrouter.testkit;

import java.util.List;
import java.util.Optional;

/** How one service's requests and answers look. */
interface WireFormat {

    /** Returns the path that takes emails by POST. */
    String path();

    /** Says whether a credential of the service's kind is there. It is not verified. */
    boolean authorized(String authorization);

    /** Says whether requests to this path take emails. */
    default boolean takes(String target) {
        return path().equals(target);
    }

    /** Says whether this asks how the service is, and sends nothing. */
    default boolean asks(String method, String target) {
        return false;
    }

    /** Reads a request's body. */
    AcceptedEmail read(byte[] body) throws Refusal;

    /** Reads a request that may hold many emails. */
    default Intake take(String target, byte[] body) throws Refusal {
        AcceptedEmail email = read(body);
        return new Intake(List.of(email), accepted(email));
    }

    /**
     * What became of a request.
     *
     * @param emails those that are taken
     * @param reply what the service says to it
     */
    record Intake(List<AcceptedEmail> emails, Reply reply) {}

    Reply accepted(AcceptedEmail email);

    Reply refused(Refusal refusal);

    Reply unauthorized();

    Reply notFound();

    /** Returns how the service words an error of its own, nothing where it knows none of the kind. */
    Optional<Reply> error(Fault fault);
}
