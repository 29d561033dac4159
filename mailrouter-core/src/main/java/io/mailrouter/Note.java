package io.mailrouter;

import java.util.Locale;

/** What a caller should know about how a result came to be. */
public enum Note {
    /** The email's key was settled or being sent already: this call sent nothing, and tells what the other came to. */
    REPEATED,
    /**
     * The idempotency store could not be asked, and the email went on without it: another node may send it too. This
     * node's own memory of its keys still held.
     */
    UNPROTECTED,
    /** The suppression list could not be asked, and nobody was left out. */
    UNCHECKED;

    /** Returns the name as it stands in logs, such as {@code repeated}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
