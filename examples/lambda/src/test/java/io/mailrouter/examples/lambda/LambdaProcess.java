package io.mailrouter.examples.lambda;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** AWS's own runtime interface client in a JVM of its own, as Lambda starts it, with its output in a file. */
final class LambdaProcess implements AutoCloseable {

    private static final Pattern NOT_IN_THE_JAR = Pattern.compile(
            ".*/(mailrouter-redis|mailrouter-testkit)/.*|.*/(netty|lettuce|reactor|redis-authx)-[^/]*jar|.*/test-classes/?"
                    + "|.*(elasticmq|scala|pekko|junit|assertj|archunit|awaitility|byte-buddy|h2database).*");

    private final Process process;
    private final Path output;

    LambdaProcess(Path output, Class<?> handler, RuntimeApi api, Map<String, String> environment) throws IOException {
        this.output = output;
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Xshare:auto",
                        // As Lambda's own start does; without the second no hook hears of a snapshot.
                        "-Djava.net.preferIPv4Stack=true",
                        "-Dorg.crac.Core.Compat=com.amazonaws.services.lambda.crac",
                        // The SDK's warm-up calls AWS once; no test leaves this machine.
                        "-Dhttps.proxyHost=127.0.0.1",
                        "-Dhttps.proxyPort=1",
                        "-cp",
                        classPath(),
                        "com.amazonaws.services.lambda.runtime.api.client.AWSLambda",
                        handler.getName() + "::handleRequest")
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().keySet().removeIf(name -> name.matches("(MAILROUTER|AWS|SENDGRID|LAMBDA)_.*"));
        builder.environment().put("AWS_LAMBDA_RUNTIME_API", api.address());
        builder.environment().putAll(environment);
        process = builder.start();
    }

    /** Returns what the jar holds, and the runtime. */
    private static String classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !NOT_IN_THE_JAR.matcher(entry).matches())
                .collect(Collectors.joining(File.pathSeparator));
    }

    String output() throws IOException {
        return Files.readString(output);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
