package io.mailrouter.examples.runner;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The part of the runner's environment that dead letters need: the queues, and no provider. */
record DeadLetterSettings(List<String> queues, Optional<String> deadLetterQueue, Optional<String> region) {

    private static final Pattern REGIONAL = Pattern.compile("https://sqs\\.([a-z0-9-]+)\\.amazonaws\\..*");

    /** @throws SettingsException listing everything that is wrong */
    static DeadLetterSettings from(Map<String, String> variables, Optional<String> queueName) {
        // The others are the runner's own business, which it checks when it starts.
        Environment env = new Environment(variables);
        List<String> all = env.list("MAILROUTER_QUEUE_URL");
        List<String> queues = all.stream()
                .filter(url -> queueName.filter(name -> !name(url).equals(name)).isEmpty())
                .toList();
        Optional<String> deadLetterQueue = env.text("MAILROUTER_DEAD_LETTER_QUEUE_URL");
        Environment problems = new Environment(Map.of());
        if (all.isEmpty() && deadLetterQueue.isEmpty()) {
            problems.problem("MAILROUTER_QUEUE_URL is not set, and MAILROUTER_DEAD_LETTER_QUEUE_URL neither,"
                    + " e.g. https://sqs.eu-west-1.amazonaws.com/123456789012/emails");
        } else if (queues.isEmpty() && queueName.isPresent()) {
            problems.problem("--queue names none of MAILROUTER_QUEUE_URL, e.g. emails");
        }
        Optional<String> region = env.text("AWS_REGION")
                .or(() -> all.stream()
                        .map(REGIONAL::matcher)
                        .filter(Matcher::matches)
                        .map(url -> url.group(1))
                        .findFirst());
        if (region.isEmpty()) {
            problems.problem("AWS_REGION is not set, and no queue's URL names a region, e.g. eu-west-1");
        }
        problems.finish();
        return new DeadLetterSettings(queues, deadLetterQueue, region);
    }

    static String name(String url) {
        return url.substring(url.lastIndexOf('/') + 1);
    }
}
