package io.mailrouter.testkit;

import io.mailrouter.email.Attachment;
import io.mailrouter.email.Email;
import java.util.List;
import java.util.Objects;
import org.assertj.core.api.AbstractAssert;
import org.jspecify.annotations.Nullable;

/** Assertions about one email. Their failures show its content, since it is what a test is about. */
public final class EmailAssert extends AbstractAssert<EmailAssert, Email> {

    EmailAssert(Email actual) {
        super(actual, EmailAssert.class);
    }

    /** Begins an assertion. */
    public static EmailAssert assertThat(Email email) {
        return new EmailAssert(email);
    }

    /** Expects this sender's address. */
    public EmailAssert isFrom(String address) {
        return same("sender", actual.from().address(), address);
    }

    /** Expects this subject. */
    public EmailAssert hasSubject(String subject) {
        return same("subject", actual.subject(), subject);
    }

    /** Expects the plain text to hold this. */
    public EmailAssert hasTextContaining(String part) {
        return holds("text", actual.text(), part);
    }

    /** Expects the HTML to hold this. */
    public EmailAssert hasHtmlContaining(String part) {
        return holds("HTML", actual.html(), part);
    }

    /** Expects this header. */
    public EmailAssert hasHeader(String name, String value) {
        return same("header " + name, actual.headers().get(name), value);
    }

    /** Expects this label. */
    public EmailAssert hasTag(String tag) {
        return among("tags", actual.tags(), tag);
    }

    /** Expects this pair. */
    public EmailAssert hasMetadata(String key, String value) {
        return same("metadata " + key, actual.metadata().get(key), value);
    }

    /** Expects a file of this name. */
    public EmailAssert hasAttachment(String name) {
        return among(
                "attachments",
                actual.attachments().stream().map(Attachment::name).toList(),
                name);
    }

    /** Expects this key. */
    public EmailAssert hasIdempotencyKey(String key) {
        return same("idempotencyKey", actual.idempotencyKey(), key);
    }

    /** Returns the email, for whatever else is to be said about it. */
    public Email email() {
        return actual;
    }

    private EmailAssert same(String what, @Nullable String is, String expected) {
        if (!Objects.equals(is, expected)) {
            throw failureWithActualExpected(is, expected, "Expected the %s <%s>, not <%s>", what, expected, is);
        }
        return this;
    }

    private EmailAssert holds(String what, String is, String part) {
        if (!is.contains(part)) {
            throw failure("Expected the %s to hold <%s>, but it is <%s>", what, part, is);
        }
        return this;
    }

    private EmailAssert among(String what, List<String> all, String one) {
        if (!all.contains(one)) {
            throw failure("Expected <%s> among the %s %s", one, what, all);
        }
        return this;
    }
}
