package io.mailrouter.sendgrid;

import io.mailrouter.email.Email;
import io.mailrouter.email.FormLetter;
import io.mailrouter.provider.BulkEmailProvider.Entry;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Emails that are alike, as personalizations of one request: their texts once, their values with each.
 *
 * <p>The service replaces one text by another and looks through the outcome again, so what is replaced holds the mark of
 * the request: a value written before nobody knew it cannot be taken for it. A variable has two such keys: its value as
 * it is for subject and text, and escaped for the HTML.
 */
final class SendGridBulk {

    private static final int MAX_PERSONALIZATIONS = 1_000;
    private static final int MAX_SUBSTITUTIONS = 10_000;
    private static final long MAX_BYTES = 30_000_000 - 1;
    /** What a personalization takes besides its values: an address of 254 bytes, a name of 256 characters, names. */
    private static final int OTHER_BYTES = 2_048;

    private final List<Entry> entries;
    private final Optional<FormLetter> letter;
    private final String mark;

    private SendGridBulk(List<Entry> entries, Optional<FormLetter> letter, String mark) {
        this.entries = List.copyOf(entries);
        this.letter = letter;
        this.mark = mark;
    }

    /** Returns an email by itself, which travels as it reads. */
    static SendGridBulk one(Email email, String reference) {
        return new SendGridBulk(List.of(new Entry(email, reference)), Optional.empty(), "");
    }

    /** @param mark occurs in no email */
    static SendGridBulk of(List<Entry> entries, String mark) {
        return new SendGridBulk(entries, entries.get(0).email().formLetter(), mark);
    }

    /** Returns how many of the emails, from the first on, one request may carry: no address stands twice in it. */
    static int together(List<Email> alike) {
        Set<String> seen = new HashSet<>();
        long bytes = alike.get(0).encodedSize();
        int count = 0;
        for (Email email : alike.subList(0, Math.min(alike.size(), MAX_PERSONALIZATIONS))) {
            int values = substitutionBytes(email);
            bytes += values + ownBytes(email);
            if (bytes > MAX_BYTES
                    || values > MAX_SUBSTITUTIONS
                    || !hasPartsOfItsLetter(email)
                    || !seen.add(email.to().get(0).address().toLowerCase(Locale.ROOT))) {
                break;
            }
            count++;
        }
        return count;
    }

    private static int substitutionBytes(Email email) {
        // As long as any mark is.
        Map<String, String> pairs = substitutions(email, "m".repeat(64));
        return pairs.entrySet().stream()
                .mapToInt(pair -> jsonBytes(pair.getKey()) + jsonBytes(pair.getValue()) + 6)
                .sum();
    }

    private static long ownBytes(Email email) {
        long bytes = OTHER_BYTES;
        for (Map.Entry<String, String> pair : email.metadata().entrySet()) {
            bytes += jsonBytes(pair.getKey()) + jsonBytes(pair.getValue()) + 6;
        }
        for (String value : email.template().map(t -> t.variables().values()).orElse(List.of())) {
            bytes += jsonBytes(value) + 70;
        }
        return bytes;
    }

    private static int jsonBytes(String text) {
        int escapes = (int)
                text.chars().filter(c -> c < 0x20 || c == '"' || c == '\\').count();
        return text.getBytes(StandardCharsets.UTF_8).length + 5 * escapes;
    }

    /** A text whose values leave nothing of it would be sent as an empty part here, and not at all by itself. */
    private static boolean hasPartsOfItsLetter(Email email) {
        return email.formLetter()
                .map(letter -> letter.text().isEmpty() == email.text().isEmpty()
                        && letter.html().isEmpty() == email.html().isEmpty())
                .orElse(true);
    }

    List<Entry> entries() {
        return entries;
    }

    boolean areSeveral() {
        return entries.size() > 1;
    }

    /** Returns an email that has in common with the others whatever does not stand in a personalization. */
    Email common() {
        return entries.get(0).email();
    }

    String subject() {
        return letter.map(l -> l.subject(name -> plain(mark, name))).orElse(common().subject());
    }

    String text() {
        return letter.map(l -> l.text(name -> plain(mark, name))).orElse(common().text());
    }

    String html() {
        return letter.map(l -> l.html(name -> inHtml(mark, name))).orElse(common().html());
    }

    Map<String, String> substitutions(Email email) {
        return letter.isPresent() ? substitutions(email, mark) : Map.of();
    }

    private static Map<String, String> substitutions(Email email, String mark) {
        Map<String, String> pairs = new LinkedHashMap<>();
        email.formLetter().ifPresent(letter -> {
            UnaryOperator<String> plain = name -> {
                pairs.put(plain(mark, name), value(letter, name));
                return "";
            };
            letter.subject(plain);
            letter.text(plain);
            letter.html(name -> {
                pairs.put(inHtml(mark, name), FormLetter.escaped(value(letter, name)));
                return "";
            });
        });
        return pairs;
    }

    private static String value(FormLetter letter, String name) {
        return letter.variables().getOrDefault(name, "");
    }

    private static String plain(String mark, String name) {
        return "-" + mark + "." + name + ".t-";
    }

    private static String inHtml(String mark, String name) {
        return "-" + mark + "." + name + ".h-";
    }
}
