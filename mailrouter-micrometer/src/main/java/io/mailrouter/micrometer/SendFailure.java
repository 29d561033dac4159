package io.mailrouter.micrometer;

/** Marks an observation as failed. Nobody throws it, so it has no stack. */
final class SendFailure extends RuntimeException {

    private static final long serialVersionUID = 1L;

    SendFailure(String word, String code) {
        super(word + ": " + code, null, false, false);
    }
}
