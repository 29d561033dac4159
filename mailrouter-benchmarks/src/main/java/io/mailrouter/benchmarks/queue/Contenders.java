package io.mailrouter.benchmarks.queue;

import io.awspring.cloud.sqs.listener.BackPressureMode;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import org.springframework.core.task.VirtualThreadTaskExecutor;

/** The contenders by name. */
enum Contenders {
    MAILROUTER("mailrouter", true),
    SPRING("Spring Cloud AWS, 80 concurrent", false),
    SPRING_HIGH_THROUGHPUT("Spring Cloud AWS, 80 concurrent, high throughput", false),
    SPRING_VIRTUAL_THREADS("Spring Cloud AWS, 80 concurrent, virtual threads", false),
    SPRING_DECODING("Spring Cloud AWS, 80 concurrent, decoding and sending", true),
    SPRING_VIRTUAL_THREADS_DECODING("Spring Cloud AWS, 80 concurrent, virtual threads, decoding and sending", true),
    HAND_WRITTEN("hand-written, 8 threads", false),
    HAND_WRITTEN_DECODING("hand-written, 8 threads, decoding and sending", true);

    private static final int FIRST_WITH_VIRTUAL_THREADS = 21;

    private final String title;
    private final boolean decodes;

    Contenders(String title, boolean decodes) {
        this.title = title;
        this.decodes = decodes;
    }

    /** Returns those that this JDK can run. */
    static List<Contenders> able() {
        boolean virtualThreads = Runtime.version().feature() >= FIRST_WITH_VIRTUAL_THREADS;
        return Arrays.stream(values())
                .filter(one -> virtualThreads || !one.usesVirtualThreads())
                .toList();
    }

    private boolean usesVirtualThreads() {
        return this == SPRING_VIRTUAL_THREADS || this == SPRING_VIRTUAL_THREADS_DECODING;
    }

    String title() {
        return title;
    }

    /** Connects it. Whoever decodes reads each body as an email and sends that; the others only count it. */
    Contender connected(URI endpoint) {
        Work work = decodes ? Work.sending() : Work.counting();
        return switch (this) {
            case MAILROUTER -> new MailrouterDrain(endpoint);
            case SPRING, SPRING_DECODING -> new SpringDrain(endpoint, work, options -> {});
            case SPRING_HIGH_THROUGHPUT ->
                new SpringDrain(
                        endpoint, work, options -> options.backPressureMode(BackPressureMode.FIXED_HIGH_THROUGHPUT));
            case SPRING_VIRTUAL_THREADS, SPRING_VIRTUAL_THREADS_DECODING ->
                new SpringDrain(
                        endpoint,
                        work,
                        options -> options.componentsTaskExecutor(new VirtualThreadTaskExecutor("drain-")));
            case HAND_WRITTEN, HAND_WRITTEN_DECODING -> new HandWrittenDrain(endpoint, work);
        };
    }
}
