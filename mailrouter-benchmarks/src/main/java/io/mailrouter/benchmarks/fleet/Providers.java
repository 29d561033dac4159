package io.mailrouter.benchmarks.fleet;

import io.mailrouter.benchmarks.InstantProvider;
import io.mailrouter.provider.EmailProvider;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/** Who takes the emails, by name. A node has three of them. */
enum Providers {
    INSTANT("providers that answer at once"),
    WAITING("providers that answer after 50 ms");

    private static final Duration WAIT = Duration.ofMillis(50);

    private final String title;

    Providers(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }

    List<EmailProvider> three() {
        Function<String, EmailProvider> one = switch (this) {
            case INSTANT -> InstantProvider::new;
            case WAITING -> name -> new WaitingProvider(name, WAIT);
        };
        return Stream.of("a", "b", "c").map(one).toList();
    }
}
