package io.mailrouter.redis;

import io.mailrouter.idempotency.KeyState;
import io.mailrouter.idempotency.Settlement.Other;
import io.mailrouter.idempotency.Ticket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The parts of a key's record as text, short enough for Redis to store the record in one piece. Pure. */
final class KeyText {

    private static final Pattern OTHER = Pattern.compile("([0-9]{1,9}) (NOT_SENT|REFUSED|AMBIGUOUS) (.*)");
    private static final int PRINT_BYTES = 16;

    private KeyText() {}

    /** Returns 128 bits of a digest of the fingerprint: 22 characters, where more than 64 would double the record. */
    static String print(Ticket ticket) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest(ticket.fingerprint().getBytes(StandardCharsets.UTF_8));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(digest, PRINT_BYTES));
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError("every Java platform has SHA-256", impossible);
        }
    }

    /** Returns a line for each recipient: index, state, code. */
    static String of(List<Other> others) {
        return others.stream()
                .map(other -> other.recipient() + " " + other.state() + " "
                        + other.code().replaceAll("\\R", " "))
                .collect(Collectors.joining("\n"));
    }

    /** Returns the recipients of such lines, or nothing if they are garbage. */
    static Optional<List<Other>> others(String lines) {
        List<Other> others = new ArrayList<>();
        for (String line : lines.isEmpty() ? new String[0] : lines.split("\n", -1)) {
            Matcher parts = OTHER.matcher(line);
            if (!parts.matches()) {
                return Optional.empty();
            }
            others.add(new Other(Integer.parseInt(parts.group(1)), KeyState.valueOf(parts.group(2)), parts.group(3)));
        }
        return Optional.of(others);
    }
}
