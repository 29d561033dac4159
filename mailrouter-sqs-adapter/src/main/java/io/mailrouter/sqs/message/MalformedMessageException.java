package io.mailrouter.sqs.message;

/**
 * A message that is not an email and never will be, so that reading it again is of no use.
 *
 * <p>Its text names the field and what is wrong with it, never the value, so that it may be logged.
 */
public final class MalformedMessageException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String code;

    MalformedMessageException(String code, String reason) {
        super(reason);
        this.code = code;
    }

    /**
     * Returns a short, stable word: {@code too_large}, {@code not_json}, {@code too_complex}, {@code duplicate_field},
     * {@code unknown_version}, {@code unknown_field}, {@code missing_field}, {@code wrong_type}, {@code invalid_field},
     * {@code missing_variable}, {@code no_payload_store} or {@code payload_missing}.
     */
    public String code() {
        return code;
    }

    /** Returns what is wrong, for an operator. */
    public String reason() {
        return String.valueOf(getMessage());
    }
}
