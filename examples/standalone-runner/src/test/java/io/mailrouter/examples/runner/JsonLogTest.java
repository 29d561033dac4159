package io.mailrouter.examples.runner;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.ConsoleAppender;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** MAILROUTER_LOG=json makes one JSON object of each event, whatever it says. */
class JsonLogTest {

    private final LoggerContext context = new LoggerContext();

    @BeforeEach
    void configureAsTheRunnerDoes() throws Exception {
        context.setMDCAdapter(new LogbackMDCAdapter());
        context.putProperty("MAILROUTER_LOG", "json");
        JoranConfigurator configurator = new JoranConfigurator();
        configurator.setContext(context);
        configurator.doConfigure(Path.of("src/main/resources/logback.xml").toFile());
    }

    @AfterEach
    void stop() {
        context.stop();
    }

    private JsonNode logged(String message, Throwable thrown) throws Exception {
        Logger logger = context.getLogger("io.mailrouter.EmailService");
        LoggingEvent event = new LoggingEvent("", logger, Level.WARN, message, thrown, new Object[0]);
        ConsoleAppender<ILoggingEvent> appender = (ConsoleAppender<ILoggingEvent>)
                context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender("json");
        String text = new String(appender.getEncoder().encode(event), StandardCharsets.UTF_8);

        assertThat(text).endsWith("\n");
        assertThat(text.strip().lines()).as("one line").hasSize(1);
        return new JsonMapper().readTree(text);
    }

    @Test
    void anExceptionWithItsCausesIsPartOfTheObject() throws Exception {
        IllegalStateException thrown =
                new IllegalStateException("line one\nline \"two\"", new RuntimeException("because\tof this"));
        thrown.addSuppressed(new IllegalArgumentException());
        JsonNode line = logged("it failed", thrown);

        assertThat(line.path("formattedMessage").asText()).isEqualTo("it failed");
        assertThat(line.path("level").asText()).isEqualTo("WARN");
        assertThat(line.at("/throwable/className").asText()).isEqualTo(IllegalStateException.class.getName());
        assertThat(line.at("/throwable/message").asText()).isEqualTo("line one\nline \"two\"");
        assertThat(line.at("/throwable/cause/message").asText()).isEqualTo("because\tof this");
        assertThat(line.at("/throwable/stepArray").size()).isPositive();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"two\r\nlines", "\"quoted\" \\ back", "\u0000\u0001\u001b\u007f", "\u2028 \ud83d\ude00 \ud83d"})
    void oddCharactersBreakNothing(String message) throws Exception {
        JsonNode line = logged(message, null);

        assertThat(line.isObject()).isTrue();
        assertThat(line.path("formattedMessage").asText().length()).isPositive();
        assertThat(line.path("throwable").isNull()).isTrue();
    }
}
