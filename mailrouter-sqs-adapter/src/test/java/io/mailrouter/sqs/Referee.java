package io.mailrouter.sqs;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The email service behind the providers of all workers, on a port of the loopback. What it accepts is written down before
 * it is answered, so that a worker that dies cannot take it along: it alone knows what was sent.
 *
 * <p>A request is one line, {@code worker email} with a tab between; the answer is one line, too.
 */
final class Referee implements AutoCloseable {

    static final String ACCEPTED = "accepted";
    static final String UNAVAILABLE = "unavailable";

    /** One request: from whom, and for which email. */
    record Attempt(String worker, String email) {}

    private final ServerSocket listener;
    private final Queue<Attempt> asked = new ConcurrentLinkedQueue<>();
    private final Queue<Attempt> accepted = new ConcurrentLinkedQueue<>();
    private final Set<Socket> standing = ConcurrentHashMap.newKeySet();
    private volatile Function<Attempt, String> conduct = attempt -> ACCEPTED;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "referee");
        thread.setDaemon(true);
        return thread;
    });

    Referee() {
        try {
            listener = new ServerSocket(0, 500, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        threads.execute(this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    /** From now on it answers so, and may take its time; until it is told it takes everything at once. */
    void tell(Function<Attempt, String> decision) {
        conduct = decision;
    }

    /** Returns all requests so far. */
    List<Attempt> asked() {
        return List.copyOf(asked);
    }

    /** Returns the emails that were accepted, one for each time. */
    List<String> accepted() {
        return accepted.stream().map(Attempt::email).toList();
    }

    /** Returns who sent each email that was accepted, one for each time. */
    Map<String, List<String>> senders() {
        return accepted.stream()
                .collect(Collectors.groupingBy(
                        Attempt::email, Collectors.mapping(Attempt::worker, Collectors.toList())));
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket worker = listener.accept();
                worker.setTcpNoDelay(true);
                standing.add(worker);
                threads.execute(() -> serve(worker));
            } catch (IOException e) {
                // Closed: no worker is left that could ask.
            }
        }
    }

    private void serve(Socket worker) {
        try (worker;
                BufferedReader in =
                        new BufferedReader(new InputStreamReader(worker.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String[] words = line.split("\t", 2);
                Attempt attempt = new Attempt(words[0], words[1]);
                asked.add(attempt);
                String answer = conduct.apply(attempt);
                if (answer.equals(ACCEPTED)) {
                    accepted.add(attempt);
                }
                worker.getOutputStream().write((answer + "\n").getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            // The worker has gone; what it asked is written down.
        } finally {
            standing.remove(worker);
        }
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
