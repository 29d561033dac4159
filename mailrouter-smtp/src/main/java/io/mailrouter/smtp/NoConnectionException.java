package io.mailrouter.smtp;

/** No connection came about, so that nothing was sent. */
final class NoConnectionException extends Exception {

    private static final long serialVersionUID = 1;

    private final transient Delivery delivery;

    NoConnectionException(Delivery delivery) {
        super("no connection");
        this.delivery = delivery;
    }

    /** Returns how far it came. */
    Delivery delivery() {
        return delivery;
    }
}
