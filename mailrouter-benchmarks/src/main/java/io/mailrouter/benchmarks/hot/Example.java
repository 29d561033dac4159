package io.mailrouter.benchmarks.hot;

import io.mailrouter.email.Attachment;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;

/** Emails of the kinds that applications send. Their texts are made once, so that building one is all that building costs. */
public enum Example {
    /** One recipient, 2 KB of text. */
    SHORT {
        @Override
        EmailBuilder builder() {
            return begun().to("Ada Lovelace <ada@example.org>").text(TEXT_2_KB);
        }
    },
    /** 50 recipients, 2 KB of text. */
    MANY {
        @Override
        EmailBuilder builder() {
            EmailBuilder email = begun().text(TEXT_2_KB);
            for (String recipient : RECIPIENTS) {
                email.to(recipient);
            }
            return email;
        }
    },
    /** One recipient, 2 KB of HTML and a file of 40 KB. */
    FILE {
        @Override
        EmailBuilder builder() {
            return begun().to("Ada Lovelace <ada@example.org>")
                    .html(TEXT_2_KB)
                    .attach(Attachment.of("invoice.pdf", "application/pdf", BYTES_40_KB));
        }
    };

    private static final int KB = 1_024;
    private static final String LINE = "Your order is on its way and will be with you soon, we hope.\r\n";
    private static final String TEXT_2_KB = LINE.repeat(2 * KB / LINE.length());
    private static final byte[] BYTES_40_KB = new byte[40 * KB];
    private static final String[] RECIPIENTS = new String[50];

    static {
        for (int i = 0; i < RECIPIENTS.length; i++) {
            RECIPIENTS[i] = "reader-" + i + "@list-" + i % 5 + ".example.org";
        }
    }

    abstract EmailBuilder builder();

    private static EmailBuilder begun() {
        return Email.builder()
                .from("Shop <no-reply@example.com>")
                .subject("Your order 42")
                .header("X-Order", "42")
                .tag("order")
                .metadata("order", "42");
    }

    /** Returns a new one. */
    public Email email() {
        return builder().build();
    }
}
