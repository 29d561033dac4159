package io.mailrouter.testkit;

import io.mailrouter.testkit.AcceptedEmail.Mailbox;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads addresses as they stand in a header: quoted names (RFC 5322) and encoded words (RFC 2047, UTF-8 only). */
final class MailboxText {

    private static final int MAX_WORD = 75;
    private static final Pattern WORD = Pattern.compile("=\\?([^? ]+)\\?([BbQq])\\?([!->@-~]*)\\?=");
    private static final Pattern ADDRESS = Pattern.compile("[!-;=?-~]+@[A-Za-z0-9.-]+");

    private MailboxText() {}

    static List<Mailbox> parse(String field, List<String> texts) throws Refusal {
        List<Mailbox> mailboxes = new ArrayList<>(texts.size());
        for (String text : texts) {
            mailboxes.add(parse(field, text));
        }
        return mailboxes;
    }

    static Mailbox parse(String field, String text) throws Refusal {
        int open = text.lastIndexOf('<');
        String address = open < 0 ? text : text.substring(open + 1, Math.max(open + 1, text.length() - 1));
        if (!ADDRESS.matcher(address).matches() || (open >= 0 && !text.endsWith(">"))) {
            throw new Refusal(field + ": Illegal address");
        }
        return new Mailbox(open < 0 ? "" : name(field, text.substring(0, open).strip()), address);
    }

    private static String name(String field, String phrase) throws Refusal {
        if (phrase.chars().anyMatch(c -> c < 0x20 || c > 0x7E)) {
            throw new Refusal(field + ": Non-ASCII or control character in a display name");
        }
        if (phrase.startsWith("\"")) {
            return unquoted(field, phrase);
        }
        StringBuilder name = new StringBuilder();
        boolean afterWord = false;
        for (String token : phrase.split(" ", -1)) {
            boolean word = token.startsWith("=?");
            // RFC 2047 section 6.2: the space between two encoded words is not part of the text.
            name.append(name.isEmpty() || (word && afterWord) ? "" : " ").append(word ? decoded(field, token) : token);
            afterWord = word;
        }
        return name.toString();
    }

    private static String unquoted(String field, String phrase) throws Refusal {
        if (!phrase.matches("\"([^\"\\\\]|\\\\.)*\"")) {
            throw new Refusal(field + ": Missing final quote");
        }
        return phrase.substring(1, phrase.length() - 1).replaceAll("\\\\(.)", "$1");
    }

    private static String decoded(String field, String token) throws Refusal {
        Matcher word = WORD.matcher(token);
        if (!word.matches()
                || token.length() > MAX_WORD
                || !"utf-8".equals(word.group(1).toLowerCase(Locale.ROOT))) {
            throw new Refusal(field + ": Bad encoded word");
        }
        byte[] bytes = word.group(2).equalsIgnoreCase("B")
                ? Draft.base64(field, word.group(3))
                : quotedPrintable(field, word.group(3));
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new Refusal(field + ": Encoded word is not whole UTF-8");
        }
    }

    private static byte[] quotedPrintable(String field, String text) throws Refusal {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '=') {
                bytes.write(c == '_' ? ' ' : c);
                continue;
            }
            int high = i + 2 < text.length() ? Character.digit(text.charAt(i + 1), 16) : -1;
            int low = i + 2 < text.length() ? Character.digit(text.charAt(i + 2), 16) : -1;
            if (high < 0 || low < 0) {
                throw new Refusal(field + ": Bad encoded word");
            }
            bytes.write(high * 16 + low);
            i += 2;
        }
        return bytes.toByteArray();
    }
}
