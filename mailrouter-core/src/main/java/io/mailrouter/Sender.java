package io.mailrouter;

import io.mailrouter.email.Email;

/** A step on the way of an email, down to the one that hands it to a provider. */
@FunctionalInterface
interface Sender {

    Sent send(Email email);
}
