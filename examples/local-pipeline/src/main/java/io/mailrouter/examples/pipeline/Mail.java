package io.mailrouter.examples.pipeline;

import io.mailrouter.testkit.AcceptedEmail;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A message as it is put on the queue, with what must become of it.
 *
 * @param number its place in the job
 * @param body the message's text, unlike that of any other
 * @param recipients the addresses that must get it, each once; none for a message that is no email
 * @param content what must arrive, as {@link #content(AcceptedEmail)} tells it
 */
record Mail(int number, String body, List<String> recipients, List<String> content) {

    private static final int REPEATED_IN = 100;

    boolean isEmail() {
        return !recipients.isEmpty();
    }

    /** Says whether its producer puts it on the queue twice, as one that did not hear the queue's answer does. */
    boolean isRepeated() {
        return number % REPEATED_IN == REPEATED_IN / 10;
    }

    /** Tells all that a provider accepted in one order, so that it can be held against what was sent. */
    static List<String> content(AcceptedEmail email) {
        List<String> lines = new ArrayList<>();
        lines.add("from " + line(email.from()));
        email.to().forEach(mailbox -> lines.add("to " + line(mailbox)));
        email.cc().forEach(mailbox -> lines.add("cc " + line(mailbox)));
        email.bcc().forEach(mailbox -> lines.add("bcc " + line(mailbox)));
        lines.add("subject " + email.subject());
        lines.add("text " + email.text());
        lines.add("html " + email.html());
        email.headers().forEach((name, value) -> lines.add("header " + name + " " + value));
        email.tags().forEach(tag -> lines.add("tag " + tag));
        email.metadata().forEach((key, value) -> lines.add("metadata " + key + " " + value));
        email.attachments().forEach(file -> lines.add("file " + file.name() + " " + Mails.sha256(file.bytes())));
        return lines;
    }

    static List<String> addresses(AcceptedEmail email) {
        return Stream.of(email.to(), email.cc(), email.bcc())
                .flatMap(List::stream)
                .map(AcceptedEmail.Mailbox::address)
                .toList();
    }

    private static String line(AcceptedEmail.Mailbox mailbox) {
        return mailbox.name() + " " + mailbox.address();
    }
}
