package io.mailrouter.email;

import java.util.List;
import java.util.Optional;

/**
 * What emails have in common that may travel in one request: everything but the one recipient in to, the variables, the
 * template's variables, the metadata, the idempotency key and what to do when that cannot be looked up.
 *
 * <p>Emails are alike when theirs are equal. Attachments are compared by identity, for their bytes are many: give the
 * emails the same {@link Attachment} objects. Options of a provider are compared by their own equals. Immutable.
 */
public final class Alike {

    private final List<Object> parts;

    private Alike(Email email) {
        Optional<FormLetter> letter = email.formLetter();
        parts = List.of(
                email.from(),
                email.envelopeFrom(),
                email.replyTo(),
                letter.map(FormLetter::subject).orElseGet(email::subject),
                letter.map(FormLetter::text).orElseGet(email::text),
                letter.map(FormLetter::html).orElseGet(email::html),
                letter.isPresent(),
                List.copyOf(email.headers().entrySet()),
                email.attachments(),
                email.tags(),
                email.template().map(Template::id),
                email.sendAt(),
                email.tracking(),
                email.unsubscribe(),
                email.notAfter(),
                email.deadline(),
                email.ambiguity(),
                email.onlyProviders(),
                email.deniedProviders(),
                email.preferredProvider(),
                email.routingKey(),
                email.trafficClass(),
                email.allOptions());
    }

    /** Returns what an email shares with those alike; nothing for one that has to travel by itself. */
    public static Optional<Alike> of(Email email) {
        boolean one = email.to().size() == 1 && email.recipientCount() == 1;
        return one && email.raw().isEmpty() ? Optional.of(new Alike(email)) : Optional.empty();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Alike alike && parts.equals(alike.parts);
    }

    @Override
    public int hashCode() {
        return parts.hashCode();
    }

    /** Returns a fixed text. */
    @Override
    public String toString() {
        return "Alike";
    }
}
