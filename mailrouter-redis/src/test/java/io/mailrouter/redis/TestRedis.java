package io.mailrouter.redis;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A real Redis for a test: one server, or a cluster of three. */
interface TestRedis extends AutoCloseable {

    /** Returns what {@link RedisFleet.Builder#uri(String)} takes. */
    String uri();

    /**
     * Calls one command on a connection of its own, in a cluster where its key is. An error comes as a text that begins
     * with a hyphen.
     */
    Object call(String... words);

    /** Calls one command that has no key, such as FLUSHALL, on every master. */
    List<Object> onEach(String... words);

    @Override
    void close();

    /** Returns how often the servers together have run a command. */
    default long received(String command) {
        Pattern pattern = Pattern.compile("cmdstat_" + Pattern.quote(command) + ":calls=([0-9]+)");
        return onEach("INFO", "commandstats").stream()
                .map(stats -> pattern.matcher(String.valueOf(stats)))
                .filter(Matcher::find)
                .mapToLong(calls -> Long.parseLong(calls.group(1)))
                .sum();
    }

    /**
     * Returns one after the other, each started when its turn comes: every server that is there, one in a container
     * where Docker answers, and a cluster.
     *
     * <p>For a class of tests that are run on each, with {@code ParameterizedClass} and {@code MethodSource(
     * "io.mailrouter.redis.TestRedis#each")}: its constructor takes a TestRedis, and JUnit closes it afterwards.
     */
    static Stream<TestRedis> each() {
        return Stream.of(
                        ServerProgram.found().stream().map(RedisServer::of),
                        ContainerRedis.found(),
                        Stream.of(ServerProgram.usual()).map(program -> RedisCluster.started()))
                .flatMap(servers -> servers);
    }
}
