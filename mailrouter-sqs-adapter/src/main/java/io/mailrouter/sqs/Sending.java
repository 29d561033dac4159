package io.mailrouter.sqs;

import io.mailrouter.EmailServiceClosedException;
import io.mailrouter.SendResult;
import io.mailrouter.email.Email;

/** What a delivery needs of an email service. */
@FunctionalInterface
interface Sending {

    /**
     * Sends an email and returns what came of it.
     *
     * @throws EmailServiceClosedException when the service is closed
     */
    SendResult trySend(Email email);
}
