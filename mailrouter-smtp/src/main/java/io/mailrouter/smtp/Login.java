package io.mailrouter.smtp;

import io.mailrouter.provider.Secret;
import java.util.function.Supplier;

/**
 * How to log in.
 *
 * @param mechanisms in the order in which they are looked for among those that the server offers
 * @param secret asked for each connection
 * @param isKnown whether the answer needs no waiting
 */
record Login(String username, String mechanisms, Supplier<Secret> secret, boolean isKnown) {

    static Login password(String username, Secret password) {
        return new Login(username, "PLAIN LOGIN", () -> password, true);
    }

    static Login token(String username, Supplier<Secret> token) {
        return new Login(username, "XOAUTH2", token, false);
    }

    /** Returns the mechanisms only. */
    @Override
    public String toString() {
        return "Login[" + mechanisms + "]";
    }
}
