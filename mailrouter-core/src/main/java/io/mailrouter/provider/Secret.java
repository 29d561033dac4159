package io.mailrouter.provider;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A credential that shows itself only to who asks for it.
 *
 * <p>White space at its ends is cut off, for a key pasted or mounted with a line end is a common accident; control
 * characters inside it are refused. {@link #toString()} never shows it.
 */
public final class Secret {

    private final String value;

    private Secret(String source, String value) {
        this.value = value.strip();
        if (this.value.isEmpty()) {
            throw new IllegalArgumentException(source + " is empty");
        }
        if (this.value.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(source + " holds a control character inside");
        }
    }

    /**
     * Returns a secret given as text.
     *
     * @throws IllegalArgumentException when it is empty or holds a control character
     */
    public static Secret of(String value) {
        return new Secret("secret", value);
    }

    /**
     * Returns the value of an environment variable.
     *
     * @throws IllegalArgumentException naming the variable, when it is not set
     */
    public static Secret env(String variable) {
        String value = System.getenv(variable);
        if (value == null) {
            throw new IllegalArgumentException("environment variable " + variable + " is not set");
        }
        return new Secret("environment variable " + variable, value);
    }

    /**
     * Returns the content of a file, such as a mounted secret. Read once.
     *
     * @throws IllegalArgumentException naming the file, when it cannot be read
     */
    public static Secret file(Path path) {
        try {
            return new Secret("secret file " + path, Files.readString(path));
        } catch (IOException e) {
            throw new IllegalArgumentException("secret file " + path + " cannot be read", e);
        }
    }

    /** Returns the secret itself, for the one place that puts it on the wire. */
    public String reveal() {
        return value;
    }

    /** Returns a fixed text. */
    @Override
    public String toString() {
        return "Secret[***]";
    }
}
