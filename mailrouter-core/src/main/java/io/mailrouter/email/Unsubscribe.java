package io.mailrouter.email;

import java.net.URI;

/**
 * A way out of a mailing that the mail program offers by one click (RFC 8058).
 *
 * @param url an {@code https} address that unsubscribes on a POST
 */
public record Unsubscribe(URI url) {

    /** @throws IllegalArgumentException when the address is not {@code https} */
    public Unsubscribe {
        HeaderText.check("unsubscribe url", url.toASCIIString());
        if (!"https".equalsIgnoreCase(url.getScheme()) || url.getHost() == null) {
            throw new IllegalArgumentException("unsubscribe url must be an absolute https URL (RFC 8058 section 3.1)");
        }
    }

    /** Returns the value of the {@code List-Unsubscribe} header. */
    public String listUnsubscribe() {
        return "<" + url.toASCIIString() + ">";
    }

    /** Returns the value of the {@code List-Unsubscribe-Post} header. */
    public String listUnsubscribePost() {
        return "List-Unsubscribe=One-Click";
    }

    /** Returns the host only: the address names a person. */
    @Override
    public String toString() {
        return "Unsubscribe[" + url.getHost() + "]";
    }
}
