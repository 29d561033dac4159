package io.mailrouter.suppression;

import io.mailrouter.email.EmailAddress;
import java.text.Normalizer;
import java.util.Locale;

/**
 * An address in the form in which addresses are compared: the display name gone, the domain as lower-case A-labels, the
 * local part in lower case and composed (Unicode NFC).
 *
 * <p>By RFC 5321 upper and lower case differ in a local part; no mail service of any size keeps them apart, and a person
 * who wrote {@code Ada@} once and {@code ada@} another time has asked for one thing. What stands behind a plus sign
 * counts, and so do dots: what they mean differs from service to service.
 *
 * <p>{@link #toString()} masks the mailbox, so that an address cannot reach a log by accident.
 */
public final class CanonicalAddress {

    private final String value;
    private final String domain;

    private CanonicalAddress(EmailAddress address) {
        domain = address.domain();
        String local = Normalizer.normalize(address.localPart(), Normalizer.Form.NFC);
        value = local.toLowerCase(Locale.ROOT) + '@' + domain;
    }

    /** Returns the form in which an address is compared. */
    public static CanonicalAddress of(EmailAddress address) {
        return new CanonicalAddress(address);
    }

    /**
     * Returns the form in which an address is compared.
     *
     * @throws IllegalArgumentException naming the part that is wrong, without its value
     */
    public static CanonicalAddress of(String address) {
        return new CanonicalAddress(EmailAddress.parse(address));
    }

    /** Returns {@code local@domain}; a list that leaves this JVM stores a keyed hash of it instead. */
    public String value() {
        return value;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CanonicalAddress that && value.equals(that.value);
    }

    @Override
    public int hashCode() {
        return value.hashCode();
    }

    /** Returns the domain only, for logs: {@code ***@example.org}. */
    @Override
    public String toString() {
        return "***@" + domain;
    }
}
