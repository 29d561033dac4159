package io.mailrouter.examples.pipeline;

import java.util.List;

/**
 * A message as it is put on the queue, with what must become of it.
 *
 * @param number its place in the job
 * @param body the message's text
 * @param valid whether it is an email at all
 * @param recipients the addresses that must get it, each once
 * @param subject the subject that must arrive
 * @param text the plain text that must arrive
 * @param html the HTML that must arrive
 * @param attachments the attachments that must arrive
 */
record Mail(
        int number,
        String body,
        boolean valid,
        List<String> recipients,
        String subject,
        String text,
        String html,
        List<File> attachments) {

    /** A file with the digest of its bytes. */
    record File(String name, String sha256) {}
}
