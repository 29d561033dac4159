package io.mailrouter.testkit;

import java.util.List;

/** What is logged while it is open. Implementations take lines from any thread. */
public interface LogLines extends AutoCloseable {

    /** Returns every line so far: its message with the arguments in place, and the whole of its exception. */
    List<String> lines();

    /** Ends the listening. */
    @Override
    void close();
}
