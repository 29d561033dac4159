package io.mailrouter.ses;

import java.io.FilterInputStream;
import java.io.IOException;
import software.amazon.awssdk.http.AbortableInputStream;

/** Ends an answer that does not end by itself, and with it the connection, which would else be read to its end. */
final class AnswerStream extends FilterInputStream {

    /** Far more than any answer of SES holds. */
    private static final int MAX_ANSWER = 64 << 10;

    private final AbortableInputStream answer;
    private int left = MAX_ANSWER;

    private AnswerStream(AbortableInputStream answer) {
        super(answer);
        this.answer = answer;
    }

    static AbortableInputStream around(AbortableInputStream answer) {
        return AbortableInputStream.create(new AnswerStream(answer), answer);
    }

    @Override
    public int read() throws IOException {
        if (isOver()) {
            return -1;
        }
        left--;
        return super.read();
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (isOver()) {
            return -1;
        }
        int count = super.read(buffer, offset, Math.min(length, left));
        left -= Math.max(count, 0);
        return count;
    }

    private boolean isOver() {
        if (left <= 0) {
            answer.abort();
        }
        return left <= 0;
    }
}
