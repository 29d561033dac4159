package io.mailrouter.redis;

import io.mailrouter.suppression.Suppression;
import io.mailrouter.suppression.Suppression.Reason;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A suppression as it stands in Redis: version, reason, since, and until if it ends; times in ms, in base 36. */
final class SuppressionText {

    private static final Pattern READABLE = Pattern.compile("1([a-z])([0-9a-z]{1,11})(?:-([0-9a-z]{1,11}))?");
    private static final int BASE = 36;

    /** The end of the year 9999; what ends later never ends. */
    private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59.999Z");

    private SuppressionText() {}

    static String of(Suppression suppression) {
        String text = "1" + letter(suppression.reason()) + millis(suppression.since());
        return suppression
                .until()
                .filter(until -> until.isBefore(LATEST))
                .map(until -> text + "-" + millis(until))
                .orElse(text);
    }

    /**
     * Returns the suppression of a text. One that cannot be read, for it is garbage or of a newer version, is one all the
     * same: whoever is on the list gets no email.
     *
     * @param now by the server's clock
     */
    static Suppression parse(String text, Instant now) {
        Matcher readable = READABLE.matcher(text);
        if (!readable.matches()) {
            return Suppression.forGood(Reason.OTHER, now);
        }
        Instant since = instant(readable.group(2));
        return new Suppression(
                reason(readable.group(1).charAt(0)),
                since,
                Optional.ofNullable(readable.group(3))
                        .map(SuppressionText::instant)
                        .filter(until -> until.isAfter(since)));
    }

    private static String millis(Instant time) {
        Instant possible = time.isBefore(Instant.EPOCH) ? Instant.EPOCH : time.isAfter(LATEST) ? LATEST : time;
        return Long.toString(possible.toEpochMilli(), BASE);
    }

    private static Instant instant(String millis) {
        return Instant.ofEpochMilli(Math.min(LATEST.toEpochMilli(), Long.parseLong(millis, BASE)));
    }

    private static char letter(Reason reason) {
        return switch (reason) {
            case HARD_BOUNCE -> 'b';
            case COMPLAINT -> 'c';
            case UNSUBSCRIBE -> 'u';
            case MANUAL -> 'm';
            case OTHER -> 'o';
        };
    }

    private static Reason reason(char letter) {
        return switch (letter) {
            case 'b' -> Reason.HARD_BOUNCE;
            case 'c' -> Reason.COMPLAINT;
            case 'u' -> Reason.UNSUBSCRIBE;
            case 'm' -> Reason.MANUAL;
            default -> Reason.OTHER;
        };
    }
}
