package io.mailrouter.provider;

import java.util.regex.Pattern;

/**
 * A text in which a pattern may look at so many characters and no more.
 *
 * <p>A pattern such as {@code (a+)+$} may need longer than the age of the world for a short text, and nothing else
 * stops it. Used by one thread.
 */
final class BoundedText implements CharSequence {

    /** Five hundred looks at every character of the longest answer, some milliseconds' work. */
    private static final int MAX_LOOKS = 1_000_000;

    private final String text;
    private int looks;

    private BoundedText(String text) {
        this.text = text;
    }

    /** Says whether a pattern is found in a text; one that looks too often or too deep is not. */
    static boolean holds(String text, Pattern pattern) {
        try {
            return pattern.matcher(new BoundedText(text)).find();
        } catch (TooManyLooks | StackOverflowError tooMuch) {
            // The JVM's patterns go a level deeper for each turn of a group such as (a|b)*; nothing is left half done.
            return false;
        }
    }

    @Override
    public char charAt(int index) {
        if (++looks > MAX_LOOKS) {
            throw new TooManyLooks();
        }
        return text.charAt(index);
    }

    @Override
    public int length() {
        return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
        return text.subSequence(start, end);
    }

    @Override
    public String toString() {
        return text;
    }

    private static final class TooManyLooks extends RuntimeException {

        private static final long serialVersionUID = 1L;

        TooManyLooks() {
            super("a pattern looked too often", null, false, false);
        }
    }
}
