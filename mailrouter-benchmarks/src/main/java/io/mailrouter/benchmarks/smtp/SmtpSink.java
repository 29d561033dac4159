package io.mailrouter.benchmarks.smtp;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** A server that says yes to everything and forgets it, so that the client is what is measured. */
final class SmtpSink implements MailServer {

    private static final int BACKLOG = 128;

    private final ServerSocket listener;

    private SmtpSink(ServerSocket listener) {
        this.listener = listener;
    }

    static MailServer started() throws IOException {
        SmtpSink sink = new SmtpSink(new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress()));
        daemon(sink::accept);
        return sink;
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listener.accept();
                daemon(() -> SinkConversation.with(socket));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void daemon(Runnable work) {
        Thread thread = new Thread(work, "sink");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public int port() {
        return listener.getLocalPort();
    }

    @Override
    public void purge() {}
}
