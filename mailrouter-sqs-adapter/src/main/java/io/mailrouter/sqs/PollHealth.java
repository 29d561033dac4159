package io.mailrouter.sqs;

/** Whether the last question to the queue failed. */
final class PollHealth {

    private volatile boolean failing;

    void failed() {
        failing = true;
    }

    void succeeded() {
        failing = false;
    }

    boolean isFailing() {
        return failing;
    }
}
