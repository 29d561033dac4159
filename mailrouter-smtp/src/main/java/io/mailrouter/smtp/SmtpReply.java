package io.mailrouter.smtp;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a server answered.
 *
 * @param code three digits, {@link #CLOSED} or {@link #MALFORMED}
 * @param enhanced the enhanced code (RFC 3463) such as {@code 5.1.1}, empty if there was none
 * @param text the words of all lines, the enhanced code included
 */
record SmtpReply(int code, String enhanced, String text) {

    /** Instead of a code, where the connection ended before the reply did. */
    static final int CLOSED = -1;

    /** Instead of a code, where what came is no reply. */
    static final int MALFORMED = 0;

    private static final int MAX_TEXT = 2_000;
    /** A byte of a UTF-8 text can look like a line end of Unicode's, which is none here. */
    private static final Pattern LINE = Pattern.compile("([2-5][0-9]{2})(?:[ -](.*))?", Pattern.DOTALL);

    private static final Pattern ENHANCED = Pattern.compile("([245]\\.[0-9]{1,3}\\.[0-9]{1,3})(?:\\s.*|$)");

    /** Reads a reply as the transport hands it over: its lines, parted by line feeds. */
    static SmtpReply of(int returnCode, String response) {
        if (returnCode < 0 && (response.isEmpty() || response.startsWith("[EOF]"))) {
            return new SmtpReply(CLOSED, "", "");
        }
        StringBuilder text = new StringBuilder();
        int code = MALFORMED;
        for (String line : response.split("\n", -1)) {
            if (line.isEmpty()) {
                continue;
            }
            Matcher matcher = LINE.matcher(line);
            // All lines bear the same code (RFC 5321 section 4.2.1); else nobody knows which one is meant.
            if (!matcher.matches() || (code != MALFORMED && code != Integer.parseInt(matcher.group(1)))) {
                return new SmtpReply(MALFORMED, "", "");
            }
            code = Integer.parseInt(matcher.group(1));
            if (text.length() <= MAX_TEXT) {
                text.append(text.isEmpty() ? "" : " ").append(matcher.group(2) == null ? "" : matcher.group(2));
            }
        }
        Matcher enhanced = ENHANCED.matcher(text);
        String found = enhanced.lookingAt() ? enhanced.group(1) : "";
        // A connection that ended inside a reply of several lines leaves the first of them.
        return new SmtpReply(returnCode < 0 ? CLOSED : code, found, text.toString());
    }

    boolean isPositive() {
        return code / 100 == 2;
    }

    /** Says whether the server refuses in its own words. */
    boolean isRefusal() {
        return isTemporary() || isPermanent();
    }

    boolean isTemporary() {
        return code / 100 == 4;
    }

    boolean isPermanent() {
        return code / 100 == 5;
    }

    /** Returns code and words, such as {@code 550 5.1.1 no such user}: what rules of the user's read. */
    String answer() {
        return (code + " " + text).strip();
    }

    /** Returns the codes without the words. */
    String codes() {
        return (code + " " + enhanced).strip();
    }

    /** Returns the code only: a server's words repeat addresses. */
    @Override
    public String toString() {
        return "SmtpReply[" + code + " " + enhanced + "]";
    }
}
