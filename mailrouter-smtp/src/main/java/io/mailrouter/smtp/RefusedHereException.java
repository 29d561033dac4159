package io.mailrouter.smtp;

import java.io.IOException;

/** Ends a conversation from this side. */
final class RefusedHereException extends IOException {

    private static final long serialVersionUID = 1;

    private final String code;

    RefusedHereException(String code) {
        super(code);
        this.code = code;
    }

    /** Returns a short, stable word for the reason. */
    String code() {
        return code;
    }
}
