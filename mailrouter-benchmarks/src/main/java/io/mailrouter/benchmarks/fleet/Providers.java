package io.mailrouter.benchmarks.fleet;

import io.mailrouter.benchmarks.InstantProvider;
import io.mailrouter.provider.EmailProvider;
import io.mailrouter.ses.SesProvider;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/** Who takes the emails, by name. A node has three of them. */
enum Providers {
    WAITING("providers that answer after 50 ms", 16, 256),
    SES("SES at a stub that answers at once", 16, 256),
    INSTANT("providers that answer without any I/O", 1, 16);

    private static final Duration WAIT = Duration.ofMillis(50);

    private final String title;
    private final int few;
    private final int many;

    Providers(String title, int few, int many) {
        this.title = title;
        this.few = few;
        this.many = many;
    }

    String title() {
        return title;
    }

    /** Returns how many senders there are, in one scenario after the other. */
    List<Integer> senders() {
        return List.of(few, many);
    }

    /** @param endpoint where the stub of SES is; nobody else asks */
    List<EmailProvider> three(String endpoint) {
        Function<String, EmailProvider> one = switch (this) {
            case INSTANT -> InstantProvider::new;
            case WAITING -> name -> new WaitingProvider(name, WAIT);
            case SES -> name -> ses(name, URI.create(endpoint));
        };
        return Stream.of("a", "b", "c").map(one).toList();
    }

    private static EmailProvider ses(String name, URI endpoint) {
        return SesProvider.builder()
                .name(name)
                .endpoint(endpoint)
                .region("eu-west-1")
                .credentials(StaticCredentialsProvider.create(AwsBasicCredentials.create("AKIAEXAMPLE", "example")))
                .maxConnections(Node.MOST_SENDERS)
                .build();
    }
}
