package io.mailrouter.examples.runner;

import java.util.List;

/** The environment is wrong; lists everything that is, so that an operator mends it in one go. */
final class SettingsException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient List<String> problems;

    SettingsException(List<String> problems) {
        super(String.join("\n", problems));
        this.problems = List.copyOf(problems);
    }

    List<String> problems() {
        return problems;
    }
}
