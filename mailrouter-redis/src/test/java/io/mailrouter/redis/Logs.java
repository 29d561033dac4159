package io.mailrouter.redis;

import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import org.slf4j.LoggerFactory;

/**
 * All that is logged anywhere in this JVM, from a level on, while it is open; of a fleet what names its port.
 *
 * <p>From a level below INFO on, only in a class that runs alone.
 */
final class Logs extends AppenderBase<ILoggingEvent> implements AutoCloseable {

    private final Queue<ILoggingEvent> events = new ConcurrentLinkedQueue<>();
    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final Level before = root.getLevel();
    private final Level level;

    private Logs(Level level) {
        this.level = level;
    }

    static Logs from(Level level) {
        // While the first of several threads sets it up, the others get another logger.
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(5))
                .until(() -> LoggerFactory.getILoggerFactory() instanceof LoggerContext);
        Logs logs = new Logs(level);
        logs.setContext(logs.root.getLoggerContext());
        logs.start();
        if (!level.isGreaterOrEqual(logs.before)) {
            logs.root.setLevel(level);
        }
        logs.root.addAppender(logs);
        return logs;
    }

    @Override
    protected void append(ILoggingEvent event) {
        event.prepareForDeferredProcessing();
        events.add(event);
    }

    /** Returns the messages of exactly this level that the logger of a fleet wrote. */
    List<String> ofFleet(Level level) {
        return ofFleet(level, "");
    }

    /** Returns those that name the server. */
    List<String> ofFleet(Level level, RedisServer server) {
        return ofFleet(level, ":" + server.port());
    }

    /** Returns those that hold a text. */
    List<String> ofFleet(Level level, String text) {
        return events.stream()
                .filter(event -> event.getFormattedMessage().contains(text))
                .filter(event -> event.getLevel() == level)
                .filter(event -> event.getLoggerName().equals(RedisFleet.class.getName()))
                .map(ILoggingEvent::getFormattedMessage)
                .collect(Collectors.toList());
    }

    /** Returns how many messages of exactly this level the client wrote of this server. */
    long ofLettuce(Level level, RedisServer server) {
        return events.stream()
                .filter(event -> event.getLevel() == level)
                .filter(event -> event.getLoggerName().startsWith("io.lettuce"))
                .filter(event -> event.getFormattedMessage().contains(":" + server.port()))
                .count();
    }

    /** Returns everything that anybody wrote, stack traces and thread names included. */
    String everything() {
        return events.stream()
                .map(event -> event.getThreadName() + " " + event.getLoggerName() + " " + event.getFormattedMessage()
                        + (event.getThrowableProxy() == null
                                ? ""
                                : ThrowableProxyUtil.asString(event.getThrowableProxy())))
                .collect(Collectors.joining("\n"));
    }

    @Override
    public void close() {
        root.detachAppender(this);
        if (!level.isGreaterOrEqual(before)) {
            root.setLevel(before);
        }
        stop();
    }
}
