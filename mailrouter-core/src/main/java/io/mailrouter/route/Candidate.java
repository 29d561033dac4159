package io.mailrouter.route;

/** A provider that may send an email, as a strategy sees it. */
public interface Candidate {

    /** Returns the provider's name. */
    String name();
}
