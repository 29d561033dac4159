package io.mailrouter.testkit;

/** What is wrong with a {@link LoopbackTls}. */
public enum TlsFault {
    /** Nothing: the certificate is valid for this machine, if its authority is trusted. */
    NONE,
    /** The certificate has ended. */
    EXPIRED,
    /** The certificate is for another host. */
    WRONG_HOST,
    /** The connection ends inside the handshake. */
    HANDSHAKE_CUT
}
