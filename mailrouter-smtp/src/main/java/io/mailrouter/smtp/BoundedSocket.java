package io.mailrouter.smtp;

import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;

/**
 * A socket on which a peer may say only so much before it is asked again: Angus Mail keeps a reply whole, however long
 * it is. Used by one thread; any may close it.
 */
final class BoundedSocket extends Socket {

    /** Far more than any reply, and than what a server shows in a TLS handshake. */
    static final int MAX_UNASKED = 256 << 10;

    private int unasked;

    @Override
    public InputStream getInputStream() throws IOException {
        return new FilterInputStream(super.getInputStream()) {
            @Override
            public int read() throws IOException {
                int read = super.read();
                count(read < 0 ? 0 : 1);
                return read;
            }

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                int read = super.read(buffer, offset, length);
                count(read);
                return read;
            }
        };
    }

    private void count(int read) throws IOException {
        unasked += Math.max(read, 0);
        if (unasked > MAX_UNASKED) {
            throw new RefusedHereException("reply_too_long");
        }
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
        return new FilterOutputStream(super.getOutputStream()) {
            @Override
            public void write(int b) throws IOException {
                unasked = 0;
                out.write(b);
            }

            @Override
            public void write(byte[] buffer, int offset, int length) throws IOException {
                unasked = 0;
                out.write(buffer, offset, length);
            }
        };
    }

    /** Ends it on both sides, without a farewell. */
    void drop() {
        try {
            close();
        } catch (IOException e) {
            // The socket is gone, which is all that was wanted.
        }
    }
}
