package io.mailrouter.redis;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;

/** A Redis in a container, where a Docker engine answers. */
final class ContainerRedis implements TestRedis {

    private static final String IMAGE = "redis:7.4-alpine";
    private static final int PORT = 6379;

    private final GenericContainer<?> container = new GenericContainer<>(IMAGE).withExposedPorts(PORT);
    private final RedisServer server;

    private ContainerRedis() {
        container.start();
        server = RedisServer.running(IMAGE + " in a container", container.getHost(), container.getMappedPort(PORT));
    }

    /** Returns one that runs, or none and says so. */
    static Stream<TestRedis> found() {
        boolean socket = Files.exists(Path.of("/var/run/docker.sock")) || System.getenv("DOCKER_HOST") != null;
        if (socket && DockerClientFactory.instance().isDockerAvailable()) {
            System.out.println("Docker answers: " + IMAGE + " is tested as well");
            return Stream.of(IMAGE).map(image -> new ContainerRedis());
        }
        System.out.println("No Docker engine answers: no container is tested");
        return Stream.empty();
    }

    @Override
    public String uri() {
        return server.uri();
    }

    @Override
    public Object call(String... words) {
        return server.call(words);
    }

    @Override
    public List<Object> onEach(String... words) {
        return server.onEach(words);
    }

    @Override
    public void close() {
        server.close();
        container.stop();
    }

    @Override
    public String toString() {
        return server.toString();
    }
}
