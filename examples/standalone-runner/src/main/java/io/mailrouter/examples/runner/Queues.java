package io.mailrouter.examples.runner;

import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads which queues are drained, and where they are. */
final class Queues {

    private static final String NAME = "MAILROUTER_QUEUE_URL";
    private static final String EXAMPLE = "e.g. https://sqs.eu-west-1.amazonaws.com/123456789012/emails";
    private static final Pattern REGIONAL = Pattern.compile("https://sqs\\.([a-z0-9-]+)\\.amazonaws\\..*");

    private Queues() {}

    static List<URI> of(Environment env) {
        List<URI> queues = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (String queue : env.list(NAME)) {
            try {
                URI uri = URI.create(queue);
                if (uri.getHost() == null || !String.valueOf(uri.getScheme()).startsWith("http")) {
                    throw new IllegalArgumentException();
                }
                queues.add(uri);
            } catch (IllegalArgumentException e) {
                env.problem(NAME + " holds " + Environment.shown(queue) + ", which is no URL, " + EXAMPLE);
                continue;
            }
            if (!names.add(name(URI.create(queue)))) {
                env.problem(NAME + " names two queues called '" + name(URI.create(queue))
                        + "', which pages and metrics could not tell apart: start a runner for each");
            }
        }
        if (env.text(NAME).isEmpty()) {
            env.problem(NAME + " is not set, " + EXAMPLE);
        }
        return List.copyOf(queues);
    }

    /** Returns the region of the queues: from the environment, or else from the queues' own URLs. */
    static Optional<String> region(Environment env) {
        List<String> regions = env.list(NAME).stream()
                .map(REGIONAL::matcher)
                .filter(Matcher::matches)
                .map(url -> url.group(1))
                .distinct()
                .toList();
        if (regions.size() > 1) {
            env.problem(NAME + " names queues in " + String.join(" and ", regions) + ": start a runner for each");
        }
        Optional<String> region =
                env.text("AWS_REGION").or(() -> regions.stream().findFirst());
        if (region.isEmpty()) {
            env.problem("AWS_REGION is not set, and no queue's URL names a region, e.g. eu-west-1");
        }
        return region;
    }

    /** Returns a queue's name, which is all that pages, metrics and totals say of its URL. */
    static String name(URI queue) {
        return queue.getPath().substring(queue.getPath().lastIndexOf('/') + 1);
    }
}
