package io.mailrouter.sendgrid;

import java.io.ByteArrayOutputStream;

/** The body of a request while it is written and sent, in one array that no step copies. */
final class RequestBody extends ByteArrayOutputStream {

    private static final int ROOM = 1024;
    private static final int MAX_FIRST = 40 << 20;

    /** Begins with room for about so many bytes. */
    RequestBody(long estimate) {
        super((int) Math.min(estimate + ROOM, MAX_FIRST));
    }

    /** Returns the array that holds the body in its first {@link #size()} bytes; not a copy. */
    byte[] bytes() {
        return buf;
    }
}
