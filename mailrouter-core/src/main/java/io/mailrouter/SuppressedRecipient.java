package io.mailrouter;

import io.mailrouter.email.EmailAddress;
import io.mailrouter.suppression.Suppression;

/**
 * A recipient that an email was not sent to.
 *
 * @param recipient who; its text is masked
 * @param suppression why, and for how long
 */
public record SuppressedRecipient(EmailAddress recipient, Suppression suppression) {}
