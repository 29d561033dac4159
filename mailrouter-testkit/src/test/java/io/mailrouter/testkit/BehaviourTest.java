package io.mailrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Over plain sockets, so that what a client library would hide is seen. */
@Timeout(60)
class BehaviourTest {

    private static final String BODY =
            "{\"from\":{\"email\":\"a@example.com\"},\"personalizations\":[{\"to\":[{\"email\":\"b@example.org\"}]}],"
                    + "\"subject\":\"s\",\"content\":[{\"type\":\"text/plain\",\"value\":\"t\"}]}";
    private static final String HEAD = "POST /v3/mail/send HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer k\r\n";
    private static final String REQUEST = HEAD + "Content-Length: " + BODY.length() + "\r\n\r\n" + BODY;

    private final LoopbackSendGrid server = LoopbackSendGrid.start();

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void answersSeveralRequestsOnOneConnection() throws Exception {
        try (Socket socket = connect()) {
            for (int i = 0; i < 3; i++) {
                write(socket, REQUEST);
                assertThat(answer(socket)).startsWith("HTTP/1.1 202 ");
            }
        }

        assertThat(server.accepted()).hasSize(3);
    }

    @Test
    void readsAChunkedRequest() throws Exception {
        try (Socket socket = connect()) {
            int half = BODY.length() / 2;
            write(
                    socket,
                    HEAD + "Transfer-Encoding: chunked\r\n\r\n" + chunk(BODY.substring(0, half))
                            + chunk(BODY.substring(half)) + "0\r\nX-Trailer: 1\r\n\r\n");
            assertThat(answer(socket)).startsWith("HTTP/1.1 202 ");
            write(socket, REQUEST);
            assertThat(answer(socket)).startsWith("HTTP/1.1 202 ");
        }
    }

    @Test
    void asksForTheBodyOfAClientThatWaitsToBeAsked() throws Exception {
        try (Socket socket = connect()) {
            write(socket, HEAD + "Expect: 100-continue\r\nContent-Length: " + BODY.length() + "\r\n\r\n");
            assertThat(answer(socket)).isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
            assertThat(server.requests()).isZero();
            write(socket, BODY);
            assertThat(answer(socket)).startsWith("HTTP/1.1 202 ");
        }
    }

    @Test
    void closesWhenTheClientAsksForIt() throws Exception {
        try (Socket socket = connect()) {
            write(socket, REQUEST.replace("Host: x", "Connection: close"));

            assertThat(readAll(socket)).startsWith("HTTP/1.1 202 ").contains("Connection: close");
        }
    }

    @Test
    void answersMalformedHttpWith400() throws Exception {
        for (String bad : List.of("junk\r\n\r\n", HEAD + "no colon\r\n\r\n", HEAD + "Content-Length: -1\r\n\r\n")) {
            try (Socket socket = connect()) {
                write(socket, bad);
                assertThat(readAll(socket)).startsWith("HTTP/1.1 400 ");
            }
        }
        assertThat(server.answers(400)).isEqualTo(3);
        assertThat(server.requests()).isZero();
    }

    @Test
    void countsNoRequestWhoseHeadBreaksOff() throws Exception {
        server.next(Behaviour.answer(503, Map.of(), "queued"));
        for (String part :
                List.of("", "PO", "POST /v3/mail/send HTTP/1.1", HEAD, HEAD + "Content-Le", HEAD + "X: y\r")) {
            assertThat(answerToABrokenOff(part)).as(part).isEmpty();
        }

        assertThat(server.requests()).isZero();
        assertThat(server.accepted()).isEmpty();
        assertThat(server.answers(400)).isZero();
        try (Socket socket = connect()) {
            write(socket, REQUEST);
            assertThat(answer(socket)).startsWith("HTTP/1.1 503 ");
        }
    }

    @Test
    void countsNoRequestWhoseBodyBreaksOff() throws Exception {
        String chunked = HEAD + "Transfer-Encoding: chunked\r\n\r\n";
        for (String part : List.of(
                REQUEST.substring(0, REQUEST.length() - 1),
                chunked,
                chunked + chunk(BODY),
                chunked + chunk(BODY) + "0\r\n",
                chunked + chunk(BODY) + "0\r\nX-Trailer: 1\r\n")) {
            assertThat(answerToABrokenOff(part)).as(part).isEmpty();
        }

        assertThat(server.requests()).isZero();
        assertThat(server.accepted()).isEmpty();
    }

    @Test
    void refusesConnectionsAndTakesThemAgainOnTheSamePort() throws Exception {
        for (int i = 0; i < 20; i++) {
            try (Socket open = connect()) {
                write(open, REQUEST);
                answer(open);
                server.behave(Behaviour.refuseConnections());

                assertThat(ended(open)).isTrue();
                assertThatThrownBy(this::connect).isInstanceOf(ConnectException.class);
                server.behave(Behaviour.refuseConnections());
            }
            server.behave(Behaviour.accept());
            try (Socket socket = connect()) {
                write(socket, REQUEST);
                assertThat(answer(socket)).startsWith("HTTP/1.1 202 ");
            }
        }
        assertThat(server.accepted()).hasSize(40);
    }

    @Test
    void appliesTheNextBehavioursOnceAndThenTheStandingOne() throws Exception {
        server.behave(Behaviour.answer(503, Map.of("X-A", "b"), "away"));
        server.next(Behaviour.accept(), Behaviour.answer(202, Map.of(), "<html>"));
        try (Socket socket = connect()) {
            write(socket, REQUEST);
            assertThat(answer(socket)).startsWith("HTTP/1.1 202 ").contains("X-Message-Id");
            write(socket, REQUEST);
            assertThat(answer(socket)).startsWith("HTTP/1.1 202 ").endsWith("<html>");
            write(socket, REQUEST);
            assertThat(answer(socket))
                    .startsWith("HTTP/1.1 503 ")
                    .contains("X-A: b")
                    .endsWith("away");
        }
        assertThat(server.accepted()).hasSize(2);
        assertThat(server.answers(202)).isEqualTo(2);
        assertThat(server.answers(503)).isEqualTo(1);
    }

    @Test
    void resetsBeforeTheBody() throws Exception {
        server.next(Behaviour.resetBeforeBody());
        try (Socket socket = connect()) {
            write(socket, HEAD + "Content-Length: 1000000\r\n\r\n");

            assertThatThrownBy(() -> readAll(socket)).isInstanceOf(SocketException.class);
        }
        assertThat(server.requests()).isZero();
    }

    @Test
    void resetsAfterTheBodyWithOrWithoutTheEmail() throws Exception {
        server.next(Behaviour.resetAfterBody(), Behaviour.acceptThenReset());
        for (int kept = 0; kept < 2; kept++) {
            try (Socket socket = connect()) {
                write(socket, REQUEST);

                assertThatThrownBy(() -> readAll(socket)).isInstanceOf(SocketException.class);
            }
            assertThat(server.accepted()).hasSize(kept);
        }
        assertThat(server.requests()).isEqualTo(2);
    }

    @Test
    void delaysItsAnswer() throws Exception {
        server.next(Behaviour.acceptAfter(Duration.ofMillis(200)));
        long start = System.nanoTime();
        try (Socket socket = connect()) {
            write(socket, REQUEST);
            assertThat(answer(socket)).startsWith("HTTP/1.1 202 ");
        }
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(200));
    }

    @Test
    void dripsItsAnswer() throws Exception {
        server.next(Behaviour.acceptThenDrip(Duration.ofMillis(1)));
        long start = System.nanoTime();
        try (Socket socket = connect()) {
            write(socket, REQUEST);
            String answer = answer(socket);
            assertThat(answer).startsWith("HTTP/1.1 202 ");
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(answer.length()));
        }
    }

    @Test
    void floodsUntilTheClientIsGone() throws Exception {
        server.next(Behaviour.acceptThenFlood());
        try (Socket socket = connect()) {
            write(socket, REQUEST);
            assertThat(socket.getInputStream().readNBytes(1 << 20)).hasSize(1 << 20);
        }
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(server.openConnections()).isZero());
    }

    @Test
    void hangsWithOrWithoutTheEmailAndLetsGoWhenTheClientDoes() throws Exception {
        server.next(Behaviour.hang(), Behaviour.acceptThenHang());
        try (Socket first = connect();
                Socket second = connect()) {
            write(first, REQUEST);
            await().atMost(Duration.ofSeconds(30)).until(() -> server.requests() == 1);
            write(second, REQUEST);
            await().atMost(Duration.ofSeconds(30)).until(() -> server.accepted().size() == 1);
            second.setSoTimeout(100);
            assertThatThrownBy(() -> second.getInputStream().read()).hasMessageContaining("timed out");
        }
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(server.openConnections()).isZero());
        assertThat(server.requests()).isEqualTo(2);
        assertThat(server.answers(202)).isZero();
    }

    @Test
    void closesEveryThreadAndSocketEvenWhileHanging() throws Exception {
        server.next(Behaviour.hang(), Behaviour.stopReading(), Behaviour.acceptAfter(Duration.ofHours(1)));
        String threads = "mailrouter-loopback-" + server.url().getPort();
        List<Socket> sockets = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Socket socket = connect();
            sockets.add(socket);
            write(socket, i < 3 ? REQUEST : HEAD);
        }
        await().atMost(Duration.ofSeconds(30)).until(() -> server.openConnections() == 4);
        assertThat(threadsNamed(threads)).isEqualTo(5);

        server.close();

        assertThat(server.openConnections()).isZero();
        assertThat(threadsNamed(threads)).isZero();
        for (Socket socket : sockets) {
            assertThat(ended(socket)).isTrue();
            socket.close();
        }
        server.close();
        server.behave(Behaviour.accept());
        assertThatThrownBy(this::connect).isInstanceOf(ConnectException.class);
    }

    @Test
    void refusesToRefuseASingleRequest() {
        assertThatThrownBy(() -> server.next(Behaviour.refuseConnections()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("use behave");
    }

    @Test
    void checksWhatABehaviourIsGiven() {
        assertThatThrownBy(() -> Behaviour.acceptAfter(Duration.ofMillis(-1))).hasMessageContaining("delay");
        assertThatThrownBy(() -> Behaviour.acceptThenDrip(Duration.ofMillis(-1)))
                .hasMessageContaining("pause");
        assertThatThrownBy(() -> Behaviour.answer(100, Map.of(), "")).hasMessageContaining("status is 100");
    }

    @Test
    void serves100ClientsAtOnceOverKeptConnections() throws Exception {
        ExecutorService clients = Executors.newFixedThreadPool(100);
        try {
            Callable<Void> client = () -> {
                try (Socket socket = connect()) {
                    for (int i = 0; i < 20; i++) {
                        write(socket, REQUEST);
                        assertThat(answer(socket)).startsWith("HTTP/1.1 202 ");
                    }
                    return null;
                }
            };
            List<Future<Void>> running = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                running.add(clients.submit(client));
            }
            for (Future<Void> future : running) {
                future.get();
            }
        } finally {
            clients.shutdownNow();
        }

        assertThat(server.accepted()).hasSize(2_000).doesNotHaveDuplicates();
        assertThat(server.requests()).isEqualTo(2_000);
        assertThat(server.accepted().stream().map(AcceptedEmail::messageId)).doesNotHaveDuplicates();
    }

    /** Returns what is answered to a client that writes this much and then nothing more. */
    private String answerToABrokenOff(String part) throws IOException {
        try (Socket socket = connect()) {
            write(socket, part);
            socket.shutdownOutput();
            return readAll(socket);
        }
    }

    private Socket connect() throws IOException {
        return new Socket(server.url().getHost(), server.url().getPort());
    }

    private static String chunk(String text) {
        return Integer.toHexString(text.length()) + ";ext=1\r\n" + text + "\r\n";
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** Reads one answer, by its Content-Length. */
    private static String answer(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        StringBuilder answer = new StringBuilder();
        while (answer.indexOf("\r\n\r\n") < 0) {
            int b = in.read();
            assertThat(b).as("end of stream after: " + answer).isNotNegative();
            answer.append((char) b);
        }
        for (String line : answer.toString().split("\r\n")) {
            if (line.startsWith("Content-Length: ")) {
                byte[] body = in.readNBytes(Integer.parseInt(line.substring("Content-Length: ".length())));
                answer.append(new String(body, StandardCharsets.UTF_8));
            }
        }
        return answer.toString();
    }

    private static String readAll(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static boolean ended(Socket socket) {
        try {
            return socket.getInputStream().read() < 0;
        } catch (IOException e) {
            return true;
        }
    }

    private static long threadsNamed(String prefix) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith(prefix))
                .count();
    }
}
