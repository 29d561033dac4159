package io.mailrouter.examples.lambda;

import io.mailrouter.email.Ambiguity;
import io.mailrouter.provider.Secret;
import io.mailrouter.route.Routing;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * What the function's environment says, read once. Whatever is wrong with it is said at once: the variable, what it must
 * be, an example, and never a value that may be a secret.
 *
 * @param sendGridKey the key of SendGrid, which is left out without one
 * @param redisUri where knowledge is shared, for {@link RedisEmailWorker} alone
 */
record Settings(
        Routing routing,
        Duration deadline,
        Ambiguity ambiguity,
        int concurrency,
        int maxAttempts,
        Optional<String> deadLetterQueue,
        String metrics,
        Optional<String> configurationSet,
        Optional<Secret> sendGridKey,
        URI sendGridUrl,
        Optional<Secret> redisUri) {

    private static final Map<String, Routing> ROUTINGS = Map.of(
            "order", Routing.inOrder(),
            "latency", Routing.latencyAware(),
            "round-robin", Routing.roundRobin());

    /** Reads the environment. */
    static Settings from(Map<String, String> environment) {
        Reader read = new Reader(environment);
        Settings settings = new Settings(
                read.as("MAILROUTER_ROUTING", "latency", "order, latency or round-robin", Settings::routing),
                read.as("MAILROUTER_DEADLINE", "PT30S", "a time from PT1S to PT10M, e.g. PT30S", Settings::deadline),
                read.as("MAILROUTER_AMBIGUITY", "stop", "stop or resend-other", Settings::ambiguity),
                read.as("MAILROUTER_CONCURRENCY", "10", "a whole number from 1 to 1000, e.g. 10", Settings::upTo1000),
                read.as("MAILROUTER_MAX_ATTEMPTS", "8", "a whole number from 1 to 1000, e.g. 8", Settings::upTo1000),
                read.text("MAILROUTER_DEAD_LETTER_QUEUE_URL"),
                read.text("MAILROUTER_METRICS").orElse("mailrouter"),
                read.text("MAILROUTER_SES_CONFIGURATION_SET"),
                read.secret("SENDGRID_API_KEY"),
                read.as("SENDGRID_BASE_URL", "https://api.sendgrid.com", "an absolute URL", URI::create),
                read.secret("MAILROUTER_REDIS_URI"));
        read.finish();
        return settings;
    }

    private static Routing routing(String word) {
        return Optional.ofNullable(ROUTINGS.get(word)).orElseThrow(IllegalArgumentException::new);
    }

    private static Ambiguity ambiguity(String word) {
        return switch (word) {
            case "stop" -> Ambiguity.STOP;
            case "resend-other" -> Ambiguity.RESEND_OTHER;
            default -> throw new IllegalArgumentException();
        };
    }

    private static Duration deadline(String text) {
        Duration deadline = Duration.parse(text);
        if (deadline.compareTo(Duration.ofSeconds(1)) < 0 || deadline.compareTo(Duration.ofMinutes(10)) > 0) {
            throw new IllegalArgumentException();
        }
        return deadline;
    }

    private static int upTo1000(String text) {
        int number = Integer.parseInt(text);
        if (number < 1 || number > 1_000) {
            throw new IllegalArgumentException();
        }
        return number;
    }

    /** Reads variables and collects what is wrong with them, so that it can be mended in one go. */
    private static final class Reader {

        private final Map<String, String> variables;
        private final List<String> problems = new ArrayList<>();

        Reader(Map<String, String> variables) {
            this.variables = variables;
        }

        /** An empty variable counts as not set. */
        Optional<String> text(String name) {
            return Optional.ofNullable(variables.get(name)).map(String::strip).filter(value -> !value.isEmpty());
        }

        Optional<Secret> secret(String name) {
            try {
                return text(name).map(Secret::of);
            } catch (IllegalArgumentException e) {
                problems.add(name + " holds a control character, such as a line end");
                return Optional.empty();
            }
        }

        <T> T as(String name, String unset, String wanted, Function<String, T> parser) {
            try {
                return parser.apply(text(name).orElse(unset));
            } catch (RuntimeException e) {
                problems.add(name + " is malformed: it must be " + wanted);
                return parser.apply(unset);
            }
        }

        void finish() {
            if (!problems.isEmpty()) {
                throw new IllegalArgumentException("The environment is not right: " + String.join("; ", problems));
            }
        }
    }
}
