package io.mailrouter.smtp;

/** How far a conversation with a server has come. */
enum Phase {
    /** Not a byte has been exchanged. */
    CONNECT,
    /** Greeting, EHLO and STARTTLS. */
    GREETING,
    /** AUTH. */
    LOGIN,
    /** RSET on a connection that was used before, then MAIL FROM. */
    MAIL,
    /** RCPT TO. */
    RCPT,
    /** DATA. */
    DATA,
    /** The message, without its final dot: whatever ends here, the server has to forget it. */
    BODY,
    /** The final dot may have left: without the server's word nobody knows. */
    DOT
}
