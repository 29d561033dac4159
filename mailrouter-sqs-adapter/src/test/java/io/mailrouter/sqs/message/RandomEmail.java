package io.mailrouter.sqs.message;

import io.mailrouter.email.Ambiguity;
import io.mailrouter.email.Attachment;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailAddress;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.email.StoreFailure;
import java.time.Instant;
import java.util.Random;
import java.util.function.Consumer;

/** Emails made by chance, with everything that a queue message carries and every kind of character. */
final class RandomEmail {

    /** Marks that JSON, addresses or the queue could stumble over. */
    private static final int[] MARKS = {
        '"', '\\', '<', '>', '@', ',', ';', ':', '(', ')', '[', ']', '{', '}', '\'', '/', '&', '=', '?', '%', 'ä', 'ß',
        '€', 'Ω', 0x202E, 0xFFFD, 0xFFFE, 0xFFFF, 0x1F600, 0x10FFFF, 0xE000, 0xA0, ' '
    };

    private final Random random;

    RandomEmail(Random random) {
        this.random = random;
    }

    Email next() {
        EmailBuilder email = Email.builder().from(address()).subject(line(0, 60));
        times(1, 3, i -> email.to(address()));
        times(0, 2, i -> email.cc(address()));
        times(0, 2, i -> email.bcc(address()));
        times(0, 2, i -> email.replyTo(address()));
        boolean text = random.nextBoolean();
        if (text) {
            email.text("t" + body());
        }
        if (!text || random.nextBoolean()) {
            email.html("<p>" + body());
        }
        times(0, 3, i -> email.header("X-" + i + "!#$%&'*+.^_`|~-", line(0, 40)));
        times(0, 3, i -> email.tag("t" + i + line(0, 20)));
        times(0, 3, i -> email.metadata("m" + i + line(0, 20), line(0, 40)));
        times(0, 2, i -> email.attach(attachment()));
        maybe(() -> email.idempotencyKey("k" + line(0, 40)));
        maybe(() -> email.notAfter(
                Instant.ofEpochSecond(random.nextLong(-1_000_000, 200_000_000_000L), random.nextInt(1_000_000_000))));
        maybe(() -> email.onAmbiguity(pick(Ambiguity.values())));
        maybe(() -> email.onStoreFailure(pick(StoreFailure.values())));
        maybe(() -> email.onlyProviders("ses", "ses-eu-west-1"));
        maybe(() -> email.notProviders("smtp"));
        maybe(() -> email.routingKey("r" + line(0, 40)));
        maybe(() -> email.trafficClass("c" + line(0, 20)));
        return email.build();
    }

    private EmailAddress address() {
        String local =
                pick(new String[] {"ada", "a.b+c", "o'neil", "x=y", "grüße", "{a}", "a/b"}) + random.nextInt(100);
        return EmailAddress.of(line(0, 30), local + "@" + pick(new String[] {"example.org", "münchen.example"}));
    }

    private Attachment attachment() {
        byte[] bytes = new byte[random.nextInt(50)];
        random.nextBytes(bytes);
        String name = "a" + line(0, 20);
        return random.nextBoolean()
                ? Attachment.of(name, "text/plain; charset=\"utf-8\"", bytes)
                : Attachment.inline("logo@1", name, "image/png", bytes);
    }

    /** Text without control characters. */
    private String line(int min, int max) {
        StringBuilder text = new StringBuilder();
        times(
                min,
                max,
                i -> text.appendCodePoint(
                        random.nextInt(3) == 0 ? MARKS[random.nextInt(MARKS.length)] : 'a' + random.nextInt(26)));
        return text.toString();
    }

    /** Text with everything that a body may hold. */
    private String body() {
        StringBuilder text = new StringBuilder(line(0, 60));
        times(
                0,
                5,
                i -> text.append(pick(new String[] {"\r\n", "\t", "\u0000", "\u001F", "\u007F", "\u2028", "{{a}}"})));
        return text.append(line(0, 60)).toString();
    }

    private void times(int min, int max, Consumer<Integer> action) {
        int times = min + random.nextInt(max - min + 1);
        for (int i = 0; i < times; i++) {
            action.accept(i);
        }
    }

    private void maybe(Runnable change) {
        if (random.nextBoolean()) {
            change.run();
        }
    }

    private <T> T pick(T[] choices) {
        return choices[random.nextInt(choices.length)];
    }
}
