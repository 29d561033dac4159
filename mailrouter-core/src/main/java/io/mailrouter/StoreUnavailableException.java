package io.mailrouter;

/** A store threw, or did not answer in time. Names the kind of fault only: a foreign message may hold anything. */
final class StoreUnavailableException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final boolean asked;

    StoreUnavailableException(String why) {
        this(why, true);
    }

    /** @param asked whether the call may still take effect */
    StoreUnavailableException(String why, boolean asked) {
        super(why, null, false, false);
        this.asked = asked;
    }

    boolean asked() {
        return asked;
    }
}
