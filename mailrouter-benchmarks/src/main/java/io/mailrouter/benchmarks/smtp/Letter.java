package io.mailrouter.benchmarks.smtp;

/** What every contender makes an email of, anew for each send. */
record Letter(String from, String fromName, String to, String subject, String text) {

    private static final String LINE = "Your order is on its way and will be with you soon.\r\n";

    /** Returns one whose text has so many bytes, in lines that need no encoding. */
    static Letter of(int bytes) {
        String text = LINE.repeat(bytes / LINE.length() + 1).substring(0, bytes);
        return new Letter("no-reply@example.com", "Shop", "ada@example.org", "Your order", text);
    }
}
