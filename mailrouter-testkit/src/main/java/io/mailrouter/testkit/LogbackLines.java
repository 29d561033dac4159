package io.mailrouter.testkit;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/** {@link LogLines} for who logs through Logback, which must be on the class path of the tests. */
public final class LogbackLines implements LogLines {

    private final Map<Logger, Level> before = new LinkedHashMap<>();
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Logger root;
    private final Collector collector = new Collector();

    private final class Collector extends AppenderBase<ILoggingEvent> {
        @Override
        protected void append(ILoggingEvent event) {
            String thrown =
                    event.getThrowableProxy() == null ? "" : ThrowableProxyUtil.asString(event.getThrowableProxy());
            lines.add(
                    event.getLoggerName() + " [" + event.getThreadName() + "] " + event.getFormattedMessage() + thrown);
        }
    }

    private LogbackLines(LoggerContext context, List<String> loggers) {
        root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        set(root, Level.INFO);
        loggers.forEach(name -> set(context.getLogger(name), Level.TRACE));
        collector.setContext(context);
    }

    /**
     * Begins to listen: to the named loggers and those below them at TRACE, to all others at INFO.
     *
     * @param loggers such as the package of the provider
     */
    public static LogbackLines of(String... loggers) {
        LogbackLines lines = new LogbackLines((LoggerContext) LoggerFactory.getILoggerFactory(), List.of(loggers));
        lines.collector.start();
        lines.root.addAppender(lines.collector);
        return lines;
    }

    private void set(Logger logger, Level level) {
        before.put(logger, logger.getLevel());
        logger.setLevel(level);
    }

    @Override
    public List<String> lines() {
        return List.copyOf(lines);
    }

    /** Ends the listening and sets the levels back. */
    @Override
    public void close() {
        root.detachAppender(collector);
        collector.stop();
        before.forEach(Logger::setLevel);
    }
}
