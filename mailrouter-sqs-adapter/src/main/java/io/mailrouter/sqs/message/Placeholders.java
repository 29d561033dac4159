package io.mailrouter.sqs.message;

import io.mailrouter.email.FormLetter;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Fills <code>{{name}}</code> in one text with a contact's values, in one pass, so that a value that looks like a
 * placeholder stays what it is.
 */
final class Placeholders {

    private static final Pattern PLACEHOLDER =
            Pattern.compile("\\{\\{(?:\\s{0,8}([A-Za-z_][A-Za-z0-9_]{0,63})\\s{0,8}}})?");

    /** A long value named often would fill the heap; no provider takes an email of this size. */
    private static final int MAX_LENGTH = 8 << 20;

    private final String field;
    private final Map<String, String> values;
    private final boolean html;

    private Placeholders(String field, Map<String, String> values, boolean html) {
        this.field = field;
        this.values = values;
        this.html = html;
    }

    static Placeholders inText(String field, Map<String, String> values) {
        return new Placeholders(field, values, false);
    }

    static Placeholders inHtml(String field, Map<String, String> values) {
        return new Placeholders(field, values, true);
    }

    String fill(String template) {
        StringBuilder filled = new StringBuilder(template.length());
        Matcher matcher = PLACEHOLDER.matcher(template);
        int copied = 0;
        while (matcher.find()) {
            filled.append(template, copied, matcher.start()).append(value(matcher));
            copied = matcher.end();
            if (filled.length() > MAX_LENGTH) {
                throw new MalformedMessageException(
                        "too_large",
                        field + " has more than " + MAX_LENGTH + " characters when its placeholders are filled");
            }
        }
        return filled.append(template, copied, template.length()).toString();
    }

    private String value(Matcher matcher) {
        String name = matcher.group(1);
        if (name == null) {
            throw new MalformedMessageException(
                    "invalid_field",
                    field + " holds {{ at index " + matcher.start()
                            + " that begins no placeholder such as {{first_name}}");
        }
        String value = values.get(name);
        if (value == null) {
            throw new MalformedMessageException(
                    "missing_variable", "contact." + name + " is missing: " + field + " uses it");
        }
        return html ? FormLetter.escaped(value) : value;
    }
}
