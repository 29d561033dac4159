package io.mailrouter.testkit;

import java.util.Optional;

/** How one service's requests and answers look. */
interface WireFormat {

    /** Returns the path that takes emails by POST. */
    String path();

    /** Says whether a credential of the service's kind is there. It is not verified. */
    boolean authorized(String authorization);

    /** Reads a request's body. */
    AcceptedEmail read(byte[] body) throws Refusal;

    Reply accepted(AcceptedEmail email);

    Reply refused(Refusal refusal);

    Reply unauthorized();

    Reply notFound();

    /** Returns how the service words an error of its own, nothing where it knows none of the kind. */
    Optional<Reply> error(Fault fault);
}
