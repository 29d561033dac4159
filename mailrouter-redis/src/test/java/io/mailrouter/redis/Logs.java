package io.mailrouter.redis;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import org.slf4j.LoggerFactory;

/** All that is logged anywhere in this JVM, from a level on, while it is open. */
final class Logs extends AppenderBase<ILoggingEvent> implements AutoCloseable {

    private final Queue<ILoggingEvent> events = new ConcurrentLinkedQueue<>();
    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final Level before = root.getLevel();

    private Logs() {}

    static Logs from(Level level) {
        Logs logs = new Logs();
        logs.setContext(logs.root.getLoggerContext());
        logs.start();
        logs.root.setLevel(level);
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
        return events.stream()
                .filter(event -> event.getLevel() == level)
                .filter(event -> event.getLoggerName().equals(RedisFleet.class.getName()))
                .map(ILoggingEvent::getFormattedMessage)
                .collect(Collectors.toList());
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
        root.setLevel(before);
        stop();
    }
}
