package io.mailrouter.smtp;

import java.util.Optional;

/**
 * What a server said in EHLO.
 *
 * @param maxBytes the largest message that it takes, 0 where it names none
 * @param utf8 SMTPUTF8
 * @param eightBit 8BITMIME
 * @param namesSize whether MAIL may name the size
 */
record Extensions(long maxBytes, boolean utf8, boolean eightBit, boolean namesSize) {

    private static final int MAX_DIGITS = 18;

    /** What may be relied on before a server has been asked. */
    static final Extensions UNKNOWN = new Extensions(0, false, true, false);

    /** Reads the parameter of SIZE; 0 and what is no number mean no limit (RFC 1870 section 4). */
    static long size(String parameter) {
        String digits = parameter.strip();
        boolean number = !digits.isEmpty()
                && digits.length() <= MAX_DIGITS
                && digits.chars().allMatch(c -> c >= '0' && c <= '9');
        return number ? Long.parseLong(digits) : 0;
    }

    /** Returns a word for what a message needs and the server has not. */
    Optional<String> lackFor(SmtpRequest request) {
        if (request.hasUnicodeAddresses() && !utf8) {
            return Optional.of("no_smtputf8");
        }
        if (request.isEightBit() && !eightBit && !utf8) {
            return Optional.of("no_8bitmime");
        }
        return maxBytes > 0 && request.size() > maxBytes ? Optional.of("message_too_big") : Optional.empty();
    }

    /** Returns what follows the sender in MAIL FROM. */
    String parameters(SmtpRequest request) {
        StringBuilder parameters = new StringBuilder();
        if (namesSize) {
            parameters.append(" SIZE=").append(request.size());
        }
        if (request.isEightBit() && eightBit) {
            parameters.append(" BODY=8BITMIME");
        }
        if (request.hasUnicodeAddresses()) {
            parameters.append(" SMTPUTF8");
        }
        return parameters.toString();
    }
}
