package io.mailrouter;

/** A store threw, or did not answer in time. Names the kind of fault only: a foreign message may hold anything. */
final class StoreUnavailableException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    StoreUnavailableException(String why) {
        super(why, null, false, false);
    }
}
