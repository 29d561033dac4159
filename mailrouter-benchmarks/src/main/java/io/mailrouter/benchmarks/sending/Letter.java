package io.mailrouter.benchmarks.sending;

/**
 * What an application wants to say, before any library has seen it.
 *
 * @param number tells one from another; the subject ends with it, in the eight digits that the stand-in counts by
 * @param text the plain part, a quarter of the whole
 * @param html the other part, three quarters of the whole
 */
record Letter(int number, String text, String html) {

    static final String FROM_NAME = "Shop";
    static final String FROM = "no-reply@example.com";
    static final String TO = "ada@example.org";

    private static final String LINE = "Dear Ada, your order is on its way and comes within the week. ";

    /** Returns one of so many bytes in all. */
    static Letter sized(int bytes) {
        String all = LINE.repeat(bytes / LINE.length() + 1);
        return new Letter(0, all.substring(0, bytes / 4), all.substring(0, bytes - bytes / 4));
    }

    /** Returns the same one under another number. */
    Letter numbered(int value) {
        return new Letter(value, text, html);
    }

    String subject() {
        String digits = String.valueOf(100_000_000 + number).substring(1);
        return "Your order-" + digits;
    }
}
