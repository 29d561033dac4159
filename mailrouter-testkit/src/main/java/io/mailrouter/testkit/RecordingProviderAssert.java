package io.mailrouter.testkit;

import io.mailrouter.email.Email;
import io.mailrouter.email.EmailAddress;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.AbstractAssert;

/**
 * Assertions about what an application has sent through a {@link RecordingProvider}.
 *
 * <p>Their failures show addresses and subjects, since they are what a test is about.
 */
public final class RecordingProviderAssert extends AbstractAssert<RecordingProviderAssert, RecordingProvider> {

    private RecordingProviderAssert(RecordingProvider actual) {
        super(actual, RecordingProviderAssert.class);
    }

    /** Begins an assertion. */
    public static RecordingProviderAssert assertThat(RecordingProvider provider) {
        return new RecordingProviderAssert(provider);
    }

    /** Expects that nothing was accepted. */
    public RecordingProviderAssert sentNothing() {
        return sent(0);
    }

    /** Expects that so many emails were accepted. */
    public RecordingProviderAssert sent(int count) {
        List<Email> emails = actual.emails();
        if (emails.size() != count) {
            throw failure("Expected %d emails, not %d: %s", count, emails.size(), shown(emails));
        }
        return this;
    }

    /** Expects that one email was accepted, and goes on with it. */
    public EmailAssert sentOne() {
        sent(1);
        return new EmailAssert(actual.emails().get(0));
    }

    /** Expects that one of the accepted emails, and no more, has this recipient in to, cc or bcc; goes on with it. */
    public EmailAssert sentTo(String address) {
        List<Email> emails = actual.emails().stream()
                .filter(email -> recipients(email).anyMatch(to -> to.address().equals(address)))
                .toList();
        if (emails.size() != 1) {
            throw failure(
                    "Expected one email to <%s>, not %d. Sent: %s", address, emails.size(), shown(actual.emails()));
        }
        return new EmailAssert(emails.get(0));
    }

    private static Stream<EmailAddress> recipients(Email email) {
        return Stream.of(email.to(), email.cc(), email.bcc()).flatMap(List::stream);
    }

    private static List<String> shown(List<Email> emails) {
        return emails.stream()
                .map(email -> "\"" + email.subject() + "\" to "
                        + recipients(email).map(EmailAddress::address).toList())
                .toList();
    }
}
