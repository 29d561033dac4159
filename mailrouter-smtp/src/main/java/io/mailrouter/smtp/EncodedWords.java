package io.mailrouter.smtp;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Writes text that a header cannot hold as it is in encoded words (RFC 2047). */
final class EncodedWords {

    /** What an encoded word may have at most, in characters. */
    private static final int LONGEST = 75;

    private static final int AROUND = "=?UTF-8?B??=".length();
    private static final int LEAST_BYTES = 15;

    private EncodedWords() {}

    /** Says whether a text cannot stand for itself: beyond ASCII, or what a reader would decode. */
    static boolean needs(String text) {
        return text.contains("=?") || text.chars().anyMatch(c -> c < 0x20 || c > 0x7E);
    }

    /**
     * Cuts between code points, for each encoded word must be whole text by itself.
     *
     * @param room how many characters a word may have, where that is possible
     */
    static List<String> of(String text, int room) {
        int most = Math.max(LEAST_BYTES, (Math.min(room, LONGEST) - AROUND) / 4 * 3);
        List<String> words = new ArrayList<>();
        int start = 0;
        int bytes = 0;
        for (int i = 0; i < text.length(); ) {
            int next = text.offsetByCodePoints(i, 1);
            int size = text.substring(i, next).getBytes(StandardCharsets.UTF_8).length;
            if (bytes + size > most) {
                words.add(word(text.substring(start, i)));
                start = i;
                bytes = 0;
            }
            bytes += size;
            i = next;
        }
        words.add(word(text.substring(start)));
        return words;
    }

    private static String word(String text) {
        return "=?UTF-8?B?" + Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8)) + "?=";
    }
}
