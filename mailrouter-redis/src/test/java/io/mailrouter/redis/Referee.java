package io.mailrouter.redis;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * The email services behind all providers of all nodes, on a port of the loopback. They answer as they are told, and every
 * attempt is written down before it is answered, so that a node that dies cannot take its attempts along.
 *
 * <p>A request is one line, {@code provider node key recipients} with tabs between; so is the answer.
 */
final class Referee implements AutoCloseable {

    /** One attempt as the service saw it: when by {@link System#nanoTime()}, from whom, and what it was answered. */
    record Attempt(long at, String provider, String node, String key, int recipients, Answer answer) {

        boolean isAccepted() {
            return answer.word().equals("accepted") || answer.word().equals("partial");
        }
    }

    /** What a service says, and after which time; a word of nothing is never said. */
    record Answer(String word, Duration after) {

        /** Takes the email. */
        static final Answer ACCEPTED = new Answer("accepted", Duration.ZERO);

        /** Takes the email and says nothing for as long as anybody waits. */
        static final Answer ACCEPTED_IN_SILENCE = new Answer("accepted", Duration.ofDays(1));

        /** Takes the email for all recipients but the last, where there are several. */
        static final Answer PARTIAL = new Answer("partial", Duration.ZERO);

        /** Wants no such email. */
        static final Answer REJECTED = new Answer("rejected", Duration.ZERO);

        /** Asks for a pause of 300 ms. */
        static final Answer THROTTLED = new Answer("throttled 300", Duration.ZERO);

        /** Cannot. */
        static final Answer UNAVAILABLE = new Answer("unavailable", Duration.ZERO);

        Answer after(Duration time) {
            return new Answer(word, time);
        }
    }

    private final ServerSocket listener;
    private final Map<String, Function<Attempt, Answer>> conduct = new ConcurrentHashMap<>();
    private final Queue<Attempt> attempts = new ConcurrentLinkedQueue<>();
    private final Set<Socket> standing = ConcurrentHashMap.newKeySet();
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

    /** From now on a provider's service answers so. Until it is told it takes everything. */
    void tell(String provider, Answer answer) {
        tell(provider, attempt -> answer);
    }

    /** From now on a provider's service decides so. */
    void tell(String provider, Function<Attempt, Answer> decision) {
        conduct.put(provider, decision);
    }

    /** Returns all attempts at a provider so far, in the order in which they came. */
    List<Attempt> attempts(String provider) {
        return attempts(attempt -> attempt.provider().equals(provider));
    }

    List<Attempt> attempts(Predicate<Attempt> which) {
        return attempts.stream().filter(which).toList();
    }

    /** Returns how many recipients a provider has taken. */
    long accepted(String provider) {
        return attempts(provider).stream()
                .filter(Attempt::isAccepted)
                .mapToLong(Attempt::recipients)
                .sum();
    }

    /** Returns how many recipients a provider has taken in the second in which it took most. */
    long worstSecond(String provider) {
        List<Attempt> taken =
                attempts(provider).stream().filter(Attempt::isAccepted).toList();
        long worst = 0;
        long within = 0;
        int first = 0;
        for (Attempt last : taken) {
            within += last.recipients();
            while (last.at() - taken.get(first).at() >= TimeUnit.SECONDS.toNanos(1)) {
                within -= taken.get(first++).recipients();
            }
            worst = Math.max(worst, within);
        }
        return worst;
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket node = listener.accept();
                node.setTcpNoDelay(true);
                standing.add(node);
                threads.execute(() -> serve(node));
            } catch (IOException e) {
                // Closed: no node is left that could ask.
            }
        }
    }

    private void serve(Socket node) {
        try (node;
                BufferedReader in =
                        new BufferedReader(new InputStreamReader(node.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                Answer answer = judge(line.split("\t", -1));
                if (!answer.after().isZero()) {
                    TimeUnit.NANOSECONDS.sleep(answer.after().toNanos());
                }
                node.getOutputStream().write((answer.word() + "\n").getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            // The node has gone; what it asked is written down.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            standing.remove(node);
        }
    }

    private synchronized Answer judge(String[] words) {
        Attempt asked = new Attempt(
                System.nanoTime(), words[0], words[1], words[2], Integer.parseInt(words[3]), Answer.ACCEPTED);
        Answer answer = conduct.getOrDefault(asked.provider(), attempt -> Answer.ACCEPTED)
                .apply(asked);
        attempts.add(new Attempt(asked.at(), words[0], words[1], words[2], asked.recipients(), answer));
        return answer;
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
