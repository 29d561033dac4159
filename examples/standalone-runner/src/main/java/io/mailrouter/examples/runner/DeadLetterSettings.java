package io.mailrouter.examples.runner;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The part of the runner's environment that dead letters need: the queues, and no provider. */
record DeadLetterSettings(List<URI> queues, Optional<String> deadLetterQueue, Optional<String> region) {

    private static final String QUEUES = "MAILROUTER_QUEUE_URL";
    private static final Set<String> NEEDED = Set.of(QUEUES, "MAILROUTER_DEAD_LETTER_QUEUE_URL", "AWS_REGION");

    /**
     * Reads what is needed; the other variables are for the runner itself to check.
     *
     * @param queueName the name of the only queue that is meant
     * @throws SettingsException listing everything that is wrong
     */
    static DeadLetterSettings from(Map<String, String> variables, Optional<String> queueName) {
        Environment env = new Environment(variables.entrySet().stream()
                .filter(variable -> NEEDED.contains(variable.getKey()))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
        Optional<String> deadLetterQueue = QueueUse.deadLetterQueueUrl(env);
        boolean needsNone = deadLetterQueue.isPresent() && env.text(QUEUES).isEmpty();
        List<URI> all = needsNone ? List.of() : Queues.of(env);
        List<URI> queues = all.stream()
                .filter(url ->
                        queueName.filter(name -> !Queues.name(url).equals(name)).isEmpty())
                .toList();
        if (queues.isEmpty() && !all.isEmpty()) {
            env.problem("--queue names none of " + QUEUES + ", e.g. " + Queues.name(all.get(0)));
        }
        Optional<String> region = Queues.region(env);
        env.finish();
        return new DeadLetterSettings(queues, deadLetterQueue, region);
    }
}
