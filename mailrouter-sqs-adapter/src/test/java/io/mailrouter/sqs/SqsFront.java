package io.mailrouter.sqs;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;

/**
 * Stands before ElasticMQ, knows the operations apart, and lets single calls fail: as the network does, before and after
 * their effect, and as the service does.
 */
final class SqsFront implements AutoCloseable {

    /** What happens to a call. */
    enum Fault {
        /** It arrives, and so does the answer. */
        NONE,
        /** The connection is reset, and the queue hears of nothing. */
        RESET_BEFORE,
        /** The queue does it, and the connection is reset before the answer. */
        RESET_AFTER,
        /** The queue does it, and the answer never comes. */
        STALL,
        /** The service answers 500. */
        ERROR,
        /** The service answers 403. */
        DENIED
    }

    private static final String CRLF = "\r\n";

    private final int queue;
    private final ServerSocket listener;
    private final Set<Socket> standing = ConcurrentHashMap.newKeySet();
    private final Queue<String> calls = new ConcurrentLinkedQueue<>();
    private volatile Function<String, Fault> conduct = operation -> Fault.NONE;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "front");
        thread.setDaemon(true);
        return thread;
    });

    /** One HTTP message as it came. */
    private record Text(String head, byte[] body) {

        String header(String name) {
            return head.lines()
                    .filter(line -> line.regionMatches(true, 0, name + ":", 0, name.length() + 1))
                    .map(line -> line.substring(name.length() + 1).strip())
                    .findFirst()
                    .orElse("");
        }

        void write(Socket to) throws IOException {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            all.writeBytes((head + CRLF).getBytes(StandardCharsets.ISO_8859_1));
            all.writeBytes(body);
            to.getOutputStream().write(all.toByteArray());
        }
    }

    SqsFront(int queue) {
        this.queue = queue;
        try {
            listener = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        threads.execute(this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    /** From now on a call of an operation, such as {@code ReceiveMessage}, fails so. */
    void tell(Function<String, Fault> decision) {
        conduct = decision;
    }

    /** Returns how often an operation was called, tries included that failed. */
    long calls(String operation) {
        return calls.stream().filter(operation::equals).count();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                client.setTcpNoDelay(true);
                standing.add(client);
                threads.execute(() -> serve(client));
            } catch (IOException e) {
                // Closed: nobody is left that could call.
            }
        }
    }

    private void serve(Socket client) {
        try (client;
                Socket server = new Socket(InetAddress.getLoopbackAddress(), queue)) {
            server.setTcpNoDelay(true);
            BufferedInputStream requests = new BufferedInputStream(client.getInputStream());
            BufferedInputStream answers = new BufferedInputStream(server.getInputStream());
            while (true) {
                Text request = read(requests, client);
                String target = request.header("X-Amz-Target");
                String operation = target.substring(target.indexOf('.') + 1);
                calls.add(operation);
                Fault fault = conduct.apply(operation);
                switch (fault) {
                    case RESET_BEFORE -> {
                        reset(client);
                        return;
                    }
                    case ERROR -> error(500, "InternalFailure").write(client);
                    case DENIED -> error(403, "AccessDenied").write(client);
                    case NONE, RESET_AFTER, STALL -> {
                        request.write(server);
                        Text answer = read(answers, server);
                        if (fault == Fault.RESET_AFTER) {
                            reset(client);
                            return;
                        }
                        if (fault == Fault.NONE) {
                            answer.write(client);
                        }
                    }
                }
            }
        } catch (IOException e) {
            // One of the two has gone, and the other goes too.
        } finally {
            standing.remove(client);
        }
    }

    /** Ends it without a goodbye: whoever reads or writes meets an error. */
    private static void reset(Socket client) throws IOException {
        client.setSoLinger(true, 0);
        client.close();
    }

    private static Text error(int status, String code) {
        byte[] body = ("{\"__type\":\"com.amazonaws.sqs#" + code + "\",\"message\":\"made up\"}")
                .getBytes(StandardCharsets.UTF_8);
        return new Text(
                "HTTP/1.1 " + status + " Made Up" + CRLF + "Content-Type: application/x-amz-json-1.0" + CRLF
                        + "Content-Length: " + body.length + CRLF,
                body);
    }

    private static Text read(InputStream in, Socket from) throws IOException {
        StringBuilder head = new StringBuilder();
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            if (line.equalsIgnoreCase("Expect: 100-continue")) {
                from.getOutputStream()
                        .write(("HTTP/1.1 100 Continue" + CRLF + CRLF).getBytes(StandardCharsets.ISO_8859_1));
            } else {
                head.append(line).append(CRLF);
            }
        }
        Text text = new Text(head.toString(), new byte[0]);
        String length = text.header("Content-Length");
        if (length.isEmpty()) {
            throw new IOException("a message without a length is not understood here");
        }
        return new Text(head.toString(), in.readNBytes(Integer.parseInt(length)));
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new IOException("closed");
            }
            line.append((char) c);
        }
        return line.toString().stripTrailing();
    }

    @Override
    public void close() {
        try {
            listener.close();
            for (Socket socket : standing) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        threads.shutdownNow();
    }
}
