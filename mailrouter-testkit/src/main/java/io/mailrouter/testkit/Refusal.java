package io.mailrouter.testkit;

/** Why a stand-in does not take a request; each wire format has its own way to say so. */
final class Refusal extends Exception {

    private static final long serialVersionUID = 1L;

    Refusal(String message) {
        super(message, null, false, false);
    }

    String text() {
        return String.valueOf(getMessage());
    }
}
