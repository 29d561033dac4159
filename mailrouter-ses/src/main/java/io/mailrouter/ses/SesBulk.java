package io.mailrouter.ses;

import io.mailrouter.email.Attachment;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailAddress;
import io.mailrouter.email.FormLetter;
import io.mailrouter.email.Template;
import io.mailrouter.provider.BulkEmailProvider.Entry;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import software.amazon.awssdk.services.sesv2.model.BulkEmailContent;
import software.amazon.awssdk.services.sesv2.model.BulkEmailEntry;
import software.amazon.awssdk.services.sesv2.model.EmailTemplateContent;
import software.amazon.awssdk.services.sesv2.model.SendBulkEmailRequest;

/**
 * Turns emails that are alike into one SendBulkEmail request.
 *
 * <p>Their texts travel once, as an inline template, and their values with each entry. SES escapes nothing, so a variable
 * travels under two names: as it is for subject and text, and escaped for the HTML.
 */
final class SesBulk {

    private static final int MAX_ENTRIES = 50;
    /** "1 MB" for a request with an inline template; the smaller one is meant, and headers and addresses take some. */
    private static final long MAX_BYTES = 900_000;

    private static final int MAX_DATA = 262_144;

    private SesBulk() {}

    /** Returns how many of the emails, from the first on, one request may carry. */
    static int together(List<Email> alike) {
        Email first = alike.get(0);
        if (!isPlain(first)) {
            return 1;
        }
        long bytes = shared(first);
        int count = 0;
        for (Email email : alike.subList(0, Math.min(alike.size(), MAX_ENTRIES))) {
            String data = data(email);
            bytes += own(email, data);
            if (bytes > MAX_BYTES || data.length() > MAX_DATA || !hasPartsOfItsLetter(email)) {
                break;
            }
            count++;
        }
        return count;
    }

    /** What the service's template language would take for its own must not reach it. */
    private static boolean isPlain(Email email) {
        Optional<FormLetter> letter = email.formLetter();
        return letter.isPresent()
                ? texts(letter.get()).noneMatch(text -> text.contains("}}}") || text.contains("\\{{"))
                : Stream.of(email.subject(), email.text(), email.html()).noneMatch(text -> text.contains("{{"));
    }

    private static Stream<String> texts(FormLetter letter) {
        return Stream.of(letter.subject(), letter.text(), letter.html());
    }

    /** A text whose values leave nothing of it would be sent as an empty part here, and not at all by itself. */
    private static boolean hasPartsOfItsLetter(Email email) {
        return email.formLetter()
                .map(letter -> letter.text().isEmpty() == email.text().isEmpty()
                        && letter.html().isEmpty() == email.html().isEmpty())
                .orElse(true);
    }

    private static long shared(Email email) {
        long bytes = email.formLetter()
                .map(SesBulk::texts)
                .orElseGet(() -> Stream.of(email.subject(), email.text(), email.html()))
                .mapToLong(SesBulk::bytes)
                .sum();
        for (Attachment file : email.attachments()) {
            bytes += (file.size() + 2L) / 3 * 4 + 1_024;
        }
        return bytes + email.headers().size() * 1_200L + 4_096;
    }

    private static long own(Email email, String data) {
        long tags = email.metadata().entrySet().stream()
                .mapToLong(pair -> pair.getKey().length() + pair.getValue().length() + 32L)
                .sum();
        return bytes(data) + tags + email.tags().size() * 300L + 1_024;
    }

    /** In JSON, where a quote or a line end takes a second byte. */
    private static long bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length
                + text.chars().filter(c -> c < 0x20 || c == '"' || c == '\\').count() * 5;
    }

    static SendBulkEmailRequest.Builder of(List<Entry> entries, String configurationSet) {
        Email first = entries.get(0).email();
        SendBulkEmailRequest.Builder request = SendBulkEmailRequest.builder()
                .fromEmailAddress(HeaderMailbox.of(first.from()))
                .defaultContent(content(first))
                .bulkEmailEntries(entries.stream().map(SesBulk::entry).toList());
        if (!first.replyTo().isEmpty()) {
            request.replyToAddresses(HeaderMailbox.of(first.replyTo()));
        }
        first.envelopeFrom().map(EmailAddress::address).ifPresent(request::feedbackForwardingEmailAddress);
        first.tracking().map(SesRequest::tracking).ifPresent(request::configurationOverrides);
        if (!configurationSet.isEmpty()) {
            request.configurationSetName(configurationSet);
        }
        first.options(SesOptions.class).ifPresent(options -> add(options, request));
        return request;
    }

    private static void add(SesOptions options, SendBulkEmailRequest.Builder request) {
        if (!options.configurationSet().isEmpty()) {
            request.configurationSetName(options.configurationSet());
        }
        if (!options.tenant().isEmpty()) {
            request.tenantName(options.tenant());
        }
        if (!options.fromIdentityArn().isEmpty()) {
            request.fromEmailAddressIdentityArn(options.fromIdentityArn());
        }
    }

    private static BulkEmailContent content(Email email) {
        software.amazon.awssdk.services.sesv2.model.Template.Builder template =
                software.amazon.awssdk.services.sesv2.model.Template.builder()
                        .templateData("{}")
                        .headers(SesRequest.headers(email))
                        .attachments(email.attachments().stream()
                                .map(SesRequest::file)
                                .toList());
        Optional<String> stored = email.template().map(Template::id);
        if (stored.isPresent()) {
            template.templateName(stored.get());
        } else {
            template.templateContent(inline(email));
        }
        return BulkEmailContent.builder().template(template.build()).build();
    }

    private static EmailTemplateContent inline(Email email) {
        Optional<FormLetter> letter = email.formLetter();
        if (letter.isEmpty()) {
            return texts(email.subject(), email.text(), email.html());
        }
        Names names = new Names(letter.get());
        return texts(
                letter.get().subject(names::plain),
                letter.get().text(names::plain),
                letter.get().html(names::inHtml));
    }

    private static EmailTemplateContent texts(String subject, String text, String html) {
        EmailTemplateContent.Builder content = EmailTemplateContent.builder().subject(subject);
        if (!text.isEmpty()) {
            content.text(text);
        }
        return html.isEmpty() ? content.build() : content.html(html).build();
    }

    private static BulkEmailEntry entry(Entry entry) {
        Email email = entry.email();
        return BulkEmailEntry.builder()
                .destination(to -> to.toAddresses(HeaderMailbox.of(email.to())))
                .replacementTags(SesRequest.tags(email, entry.reference()))
                .replacementEmailContent(
                        content -> content.replacementTemplate(t -> t.replacementTemplateData(data(email))))
                .build();
    }

    private static String data(Email email) {
        Map<String, String> values = email.formLetter()
                .map(letter -> new Names(letter).values())
                .orElseGet(() -> email.template().map(Template::variables).orElse(Map.of()));
        return JsonText.object(values);
    }

    /** The names under which a letter's variables travel: those of each kind numbered as they occur. */
    private static final class Names {

        private final FormLetter letter;
        private final Map<String, String> plain = new LinkedHashMap<>();
        private final Map<String, String> inHtml = new LinkedHashMap<>();

        Names(FormLetter letter) {
            this.letter = letter;
        }

        String plain(String variable) {
            return "{{" + plain.computeIfAbsent(variable, name -> "t" + plain.size()) + "}}";
        }

        String inHtml(String variable) {
            return "{{" + inHtml.computeIfAbsent(variable, name -> "h" + inHtml.size()) + "}}";
        }

        Map<String, String> values() {
            letter.subject(this::plain);
            letter.text(this::plain);
            letter.html(this::inHtml);
            Map<String, String> values = new TreeMap<>();
            Map<String, String> variables = letter.variables();
            plain.forEach((variable, name) -> values.put(name, variables.getOrDefault(variable, "")));
            inHtml.forEach(
                    (variable, name) -> values.put(name, FormLetter.escaped(variables.getOrDefault(variable, ""))));
            return values;
        }
    }
}
