package io.mailrouter;

import io.mailrouter.email.EmailAddress;

/**
 * What a send came to for one of its recipients.
 *
 * @param recipient whose copy
 * @param fate what became of it
 * @param provider whose answer decided it, empty where nobody was asked
 * @param code a short, stable word, such as {@code smtp_550}
 * @param reason what happened, for an operator
 */
public record RecipientResult(EmailAddress recipient, Fate fate, String provider, String code, String reason) {

    /** What became of one recipient's copy, and so what the caller may do now. */
    public enum Fate {
        /** It is certain that it was not sent. Send it again later. */
        NOT_SENT,
        /** The recipient was refused for good. Sending it again would end the same way. */
        REFUSED,
        /** A provider may or may not have taken it. Sending it again may deliver it twice. */
        UNKNOWN,
        /** A provider has taken it. Do not send it again. */
        ACCEPTED
    }

    /** Returns what happened, without the recipient. */
    @Override
    public String toString() {
        return "RecipientResult[" + fate + (provider.isEmpty() ? "" : " at " + provider) + ": " + code + "]";
    }
}
