package io.mailrouter.email;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an email was made of that was filled in: texts with placeholders such as <code>{{name}}</code>, and values.
 *
 * <p>A value is data: it is filled in once and never looked through for placeholders, and escaped where it stands in
 * HTML. The email itself shows the filled-in texts, so that only a provider that sends many emails in one request needs
 * this. Immutable.
 *
 * @param subject the subject with its placeholders
 * @param text the plain text with its placeholders
 * @param html the HTML with its placeholders
 * @param variables the values by name; more than the texts name do no harm
 */
public record FormLetter(String subject, String text, String html, Map<String, String> variables) {

    private static final String NAME = "[A-Za-z_][A-Za-z0-9_]{0,63}";
    private static final Pattern VARIABLE = Pattern.compile(NAME);
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{(?:\\s{0,8}(" + NAME + ")\\s{0,8}}})?");

    /** A long value named often would fill the heap; nobody reads a text of this size. */
    private static final int MAX_LENGTH = 8 << 20;

    /** @throws IllegalArgumentException naming the placeholder that has no value, or what is wrong */
    public FormLetter {
        variables.forEach(FormLetter::checkVariable);
        variables = Collections.unmodifiableMap(new LinkedHashMap<>(variables));
    }

    static void checkVariable(String name, String value) {
        if (!VARIABLE.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "variable name needs 1 to 64 letters, digits and underscores, and no digit first");
        }
        HeaderText.utf8Length("variable " + name, value);
    }

    String filledSubject() {
        return filled("subject", subject, name -> name);
    }

    String filledText() {
        return filled("text", text, name -> name);
    }

    String filledHtml() {
        return filled("html", html, FormLetter::escaped);
    }

    private String filled(String field, String pattern, UnaryOperator<String> inPlace) {
        return replaced(field, pattern, name -> {
            String value = variables.get(name);
            if (value == null) {
                throw new IllegalArgumentException("variable " + name + " is missing: " + field + " uses it");
            }
            return inPlace.apply(value);
        });
    }

    /** Returns the subject with something else in the place of each placeholder, given its name. */
    public String subject(UnaryOperator<String> placeholder) {
        return replaced("subject", subject, placeholder);
    }

    /** Returns the plain text with something else in the place of each placeholder, given its name. */
    public String text(UnaryOperator<String> placeholder) {
        return replaced("text", text, placeholder);
    }

    /** Returns the HTML with something else in the place of each placeholder, given its name. */
    public String html(UnaryOperator<String> placeholder) {
        return replaced("html", html, placeholder);
    }

    /** In one pass, so that what is put in is not looked through. */
    private static String replaced(String field, String pattern, UnaryOperator<String> placeholder) {
        StringBuilder filled = new StringBuilder(pattern.length());
        Matcher matcher = PLACEHOLDER.matcher(pattern);
        int copied = 0;
        while (matcher.find()) {
            String name = matcher.group(1);
            if (name == null) {
                throw new IllegalArgumentException(field + " holds {{ at index " + matcher.start()
                        + " that begins no placeholder such as {{first_name}}");
            }
            filled.append(pattern, copied, matcher.start()).append(placeholder.apply(name));
            copied = matcher.end();
            if (filled.length() > MAX_LENGTH) {
                throw new IllegalArgumentException(
                        field + " has more than " + MAX_LENGTH + " characters when its variables are filled in");
            }
        }
        return filled.append(pattern, copied, pattern.length()).toString();
    }

    /** Returns a value as it stands in HTML: nothing in it is markup. */
    public static String escaped(String value) {
        StringBuilder text = new StringBuilder(value.length() + 16);
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '&' -> text.append("&amp;");
                case '<' -> text.append("&lt;");
                case '>' -> text.append("&gt;");
                case '"' -> text.append("&quot;");
                case '\'' -> text.append("&#39;");
                default -> text.append(c);
            }
        }
        return text.toString();
    }

    /** Returns a count only: texts and values are personal. */
    @Override
    public String toString() {
        return "FormLetter[" + variables.size() + " variables]";
    }
}
