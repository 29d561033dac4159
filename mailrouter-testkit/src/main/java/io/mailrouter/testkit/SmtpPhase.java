package io.mailrouter.testkit;

/** A point of an SMTP session at which {@link LoopbackSmtp} can misbehave, in the order in which they come. */
public enum SmtpPhase {
    /** A client has connected and waits for the greeting. */
    CONNECT,
    /** EHLO or HELO. */
    EHLO,
    /** STARTTLS. */
    STARTTLS,
    /** AUTH. */
    AUTH,
    /** MAIL FROM. */
    MAIL,
    /** RCPT TO, once for each recipient. */
    RCPT,
    /** DATA. */
    DATA,
    /** DATA was answered with 354, and the message has begun to come. */
    BODY,
    /** The message was read to its final dot. */
    DOT,
    /** RSET. */
    RSET,
    /** NOOP, by which a client asks whether the server answers. */
    NOOP,
    /** QUIT. */
    QUIT
}
