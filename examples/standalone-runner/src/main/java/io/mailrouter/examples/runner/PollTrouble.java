package io.mailrouter.examples.runner;

import io.mailrouter.sqs.QueueEvent;
import io.mailrouter.sqs.QueueListener;

/** Remembers why a queue could not be asked the last time that it could not. Safe to share between threads. */
final class PollTrouble implements QueueListener {

    private volatile String code = "";

    @Override
    public void on(QueueEvent event) {
        if (event instanceof QueueEvent.PollFailed failed) {
            code = failed.code();
        }
    }

    /** Returns the queue service's error code or the failure's type; empty where no poll has failed. */
    String code() {
        return code;
    }
}
