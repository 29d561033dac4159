package io.mailrouter.benchmarks.queue;

import java.net.URI;

/** The contenders by name. */
enum Contenders {
    MAILROUTER("mailrouter", true),
    SPRING("Spring Cloud AWS, 80 concurrent", false),
    SPRING_HIGH_THROUGHPUT("Spring Cloud AWS, 80 concurrent, high throughput", false),
    SPRING_DECODING("Spring Cloud AWS, 80 concurrent, decoding and sending", true),
    HAND_WRITTEN("hand-written, 8 threads", false),
    HAND_WRITTEN_DECODING("hand-written, 8 threads, decoding and sending", true);

    private final String title;
    private final boolean decodes;

    Contenders(String title, boolean decodes) {
        this.title = title;
        this.decodes = decodes;
    }

    String title() {
        return title;
    }

    /** Says whether it reads each body as an email and sends that, or only counts it. */
    boolean decodes() {
        return decodes;
    }

    Contender connected(URI endpoint) {
        Work work = decodes ? Work.sending() : Work.counting();
        return switch (this) {
            case MAILROUTER -> new MailrouterDrain(endpoint);
            case SPRING, SPRING_DECODING -> new SpringDrain(endpoint, false, work);
            case SPRING_HIGH_THROUGHPUT -> new SpringDrain(endpoint, true, work);
            case HAND_WRITTEN, HAND_WRITTEN_DECODING -> new HandWrittenDrain(endpoint, work);
        };
    }
}
