package io.mailrouter.testkit;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mailrouter.testkit.Faults.Direction;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FaultProxyTest {

    private static final long SEED = 20261122L;
    private static final int QUICK_MILLIS = 150;
    private static final int PATIENT_MILLIS = 20_000;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private ServerSocket server;
    private FaultProxy proxy;

    @BeforeEach
    void open() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        server.setSoTimeout(PATIENT_MILLIS);
        proxy = FaultProxy.before(server.getLocalPort(), SEED);
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : opened) {
            each.close();
        }
        proxy.close();
        server.close();
    }

    /** Both ends of one connection through the proxy. */
    private record Pair(Socket client, Socket server) {

        void request(String text) throws IOException {
            client.getOutputStream().write(text.getBytes(US_ASCII));
        }

        void answer(String text) throws IOException {
            server.getOutputStream().write(text.getBytes(US_ASCII));
        }
    }

    private Pair connected() throws IOException {
        Socket client = client();
        Socket end = server.accept();
        opened.add(end);
        end.setSoTimeout(PATIENT_MILLIS);
        return new Pair(client, end);
    }

    private Socket client() throws IOException {
        Socket client = new Socket(InetAddress.getLoopbackAddress(), proxy.port());
        opened.add(client);
        client.setSoTimeout(PATIENT_MILLIS);
        return client;
    }

    private static String read(Socket socket, int bytes) throws IOException {
        return new String(socket.getInputStream().readNBytes(bytes), US_ASCII);
    }

    private static void assertHearsNothing(Socket socket) throws IOException {
        socket.setSoTimeout(QUICK_MILLIS);
        assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
        socket.setSoTimeout(PATIENT_MILLIS);
    }

    private static void assertReset(Socket socket) {
        assertThatThrownBy(() -> socket.getInputStream().read())
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("reset");
    }

    private static Duration since(long began) {
        return Duration.ofNanos(System.nanoTime() - began);
    }

    @Test
    void passesEverythingOnBothWaysAndBothEnds() throws Exception {
        byte[] much = new byte[3 << 20];
        new Random(SEED).nextBytes(much);
        Pair pair = connected();
        Thread sender = new Thread(() -> {
            try {
                pair.client().getOutputStream().write(much);
                pair.client().shutdownOutput();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        sender.start();

        assertThat(pair.server().getInputStream().readAllBytes()).isEqualTo(much);
        sender.join();
        pair.answer("done");
        pair.server().close();
        assertThat(new String(pair.client().getInputStream().readAllBytes(), US_ASCII))
                .isEqualTo("done");
        assertThat(proxy.accepted()).isEqualTo(1);
    }

    @Test
    void delaysOneDirectionAndLetsMoreBeUnderWayAtATime() throws Exception {
        Pair pair = connected();
        proxy.delay(Direction.ANSWERS, Duration.ofMillis(300));
        pair.request("ask");
        assertThat(read(pair.server(), 3)).isEqualTo("ask");
        List<Long> sent = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            sent.add(System.nanoTime());
            pair.answer(String.valueOf(i % 10));
        }

        for (int i = 0; i < 40; i++) {
            assertThat(read(pair.client(), 1)).isEqualTo(String.valueOf(i % 10));
            assertThat(since(sent.get(i))).isGreaterThanOrEqualTo(Duration.ofMillis(300));
        }
        assertThat(since(sent.get(0)))
                .as("one after the other they would take 12 s")
                .isLessThan(Duration.ofSeconds(10));
    }

    @Test
    void delaysRequestsToo() throws Exception {
        proxy.delay(Direction.REQUESTS, Duration.ofMillis(200));
        Pair pair = connected();
        long began = System.nanoTime();
        pair.request("ask");

        assertThat(read(pair.server(), 3)).isEqualTo("ask");
        assertThat(since(began)).isGreaterThanOrEqualTo(Duration.ofMillis(200));
    }

    @Test
    void letsNoMorePassThanTheBandwidth() throws Exception {
        Pair pair = connected();
        proxy.bandwidth(Direction.ANSWERS, 50_000);
        long began = System.nanoTime();
        pair.answer("x".repeat(20_000));

        assertThat(read(pair.client(), 20_000)).hasSize(20_000);
        assertThat(since(began)).isGreaterThanOrEqualTo(Duration.ofMillis(380));
        proxy.bandwidth(Direction.ANSWERS, 0);
        pair.answer("y");
        assertThat(read(pair.client(), 1)).isEqualTo("y");
    }

    @Test
    void swallowsEverythingWithoutAnEnd() throws Exception {
        Pair old = connected();
        old.request("a");
        assertThat(read(old.server(), 1)).isEqualTo("a");
        proxy.connections().forEach(Faults::swallow);
        old.request("ask");
        old.answer("answer");

        assertHearsNothing(old.server());
        assertHearsNothing(old.client());
        old.server().setSoLinger(true, 0);
        old.server().close();
        assertHearsNothing(old.client());
        Pair fresh = connected();
        fresh.request("ask");
        assertThat(read(fresh.server(), 3)).isEqualTo("ask");
    }

    @Test
    void swallowsOneDirectionOnly() throws Exception {
        proxy.swallow(Direction.ANSWERS);
        Pair pair = connected();
        pair.request("ask");
        assertThat(read(pair.server(), 3)).isEqualTo("ask");
        pair.answer("answer");

        assertHearsNothing(pair.client());
        proxy.heal();
        pair.answer("again");
        assertThat(read(pair.client(), 5)).isEqualTo("again");
    }

    @Test
    void resetsAfterSoManyBytesOfARequest() throws Exception {
        proxy.resetAfter(Direction.REQUESTS, 5);
        Pair pair = connected();
        pair.request("1234");
        assertThat(read(pair.server(), 4)).isEqualTo("1234");
        pair.request("5678");

        assertThat(read(pair.server(), 1)).isEqualTo("5");
        assertReset(pair.server());
        assertReset(pair.client());
    }

    @Test
    void resetsAfterSoManyBytesOfAnAnswerCountedFromNow() throws Exception {
        Pair pair = connected();
        pair.answer("hello");
        assertThat(read(pair.client(), 5)).isEqualTo("hello");
        proxy.resetAfter(Direction.ANSWERS, 2);
        pair.answer("abc");

        assertThat(read(pair.client(), 2)).isEqualTo("ab");
        assertReset(pair.client());
        assertReset(pair.server());
        Pair next = connected();
        next.answer("ab");
        assertThat(read(next.client(), 2)).isEqualTo("ab");
    }

    @Test
    void cutsWhatStands() throws Exception {
        Pair old = connected();
        old.request("a");
        assertThat(read(old.server(), 1)).isEqualTo("a");
        proxy.cut();

        assertReset(old.client());
        assertReset(old.server());
        Pair fresh = connected();
        fresh.request("b");
        assertThat(read(fresh.server(), 1)).isEqualTo("b");
        assertThat(proxy.connections()).hasSize(1);
    }

    @Test
    void losesNothingWhileItIsFrozen() throws Exception {
        Pair old = connected();
        proxy.freeze();
        old.request("ask");
        old.answer("answer");
        Socket late = client();
        late.getOutputStream().write('b');

        assertHearsNothing(old.server());
        assertHearsNothing(old.client());
        proxy.thaw();
        assertThat(read(old.server(), 3)).isEqualTo("ask");
        assertThat(read(old.client(), 6)).isEqualTo("answer");
        try (Socket end = server.accept()) {
            end.setSoTimeout(PATIENT_MILLIS);
            assertThat(read(end, 1)).isEqualTo("b");
        }
    }

    @Test
    void tellsOneConnectionWithoutTheOthers() throws Exception {
        Pair first = connected();
        Pair second = connected();
        proxy.connections().get(0).freeze();
        first.request("a");
        second.request("b");

        assertThat(read(second.server(), 1)).isEqualTo("b");
        assertHearsNothing(first.server());
        proxy.connections().get(1).cut();
        assertReset(second.client());
        proxy.heal();
        assertThat(read(first.server(), 1)).isEqualTo("a");
    }

    @Test
    void losesAnswersWithTheirConnections() throws Exception {
        proxy.lose(1);
        Pair pair = connected();
        pair.answer("welcome");
        assertThat(read(pair.client(), 7)).isEqualTo("welcome");
        pair.request("ask");
        assertThat(read(pair.server(), 3)).isEqualTo("ask");
        pair.answer("answer");

        assertThat(pair.client().getInputStream().read()).isEqualTo(-1);
        assertThat(proxy.lost()).isEqualTo(1);
    }

    @Test
    void losesTheSameAnswersWithTheSameSeed() throws Exception {
        System.out.println("seed " + SEED);
        List<Integer> first = answeredBeforeTheFirstLoss(SEED);
        List<Integer> second = answeredBeforeTheFirstLoss(SEED);
        List<Integer> other = answeredBeforeTheFirstLoss(SEED + 1);

        assertThat(first).isEqualTo(second).isNotEqualTo(other);
        assertThat(first.stream().mapToInt(Integer::intValue).sum()).isBetween(10, 400);
    }

    /** Returns, for each of 20 connections, how many answers came. */
    private List<Integer> answeredBeforeTheFirstLoss(long seed) throws IOException {
        List<Integer> answered = new ArrayList<>();
        InetSocketAddress behind = new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort());
        try (FaultProxy lossy = FaultProxy.before(behind, seed)) {
            lossy.lose(0.2);
            for (int i = 0; i < 20; i++) {
                answered.add(answersOf(lossy));
            }
            assertThat(lossy.lost()).isEqualTo(20);
        }
        return answered;
    }

    private int answersOf(FaultProxy lossy) throws IOException {
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), lossy.port());
                Socket end = server.accept()) {
            int answers = 0;
            while (true) {
                client.getOutputStream().write('?');
                end.getInputStream().read();
                end.getOutputStream().write('!');
                if (client.getInputStream().read() < 0) {
                    return answers;
                }
                answers++;
            }
        }
    }

    @Test
    void passesTheEndOfOneSideOn() throws Exception {
        Pair pair = connected();
        pair.client().setSoLinger(true, 0);
        pair.client().close();

        assertReset(pair.server());
    }

    @Test
    void endsAConnectionWhoseServerIsAway() throws Exception {
        server.close();
        Socket client = client();

        ByteArrayOutputStream heard = new ByteArrayOutputStream();
        try {
            client.getInputStream().transferTo(heard);
        } catch (SocketException e) {
            assertThat(e).hasMessageContaining("reset");
        }
        assertThat(heard.size()).isZero();
    }

    @Test
    void leavesNothingBehind() throws Exception {
        Pair pair = connected();
        pair.request("a");
        assertThat(read(pair.server(), 1)).isEqualTo("a");
        String thread = "mailrouter-testkit-proxy-" + proxy.port();
        assertThat(threads()).contains(thread);
        proxy.close();
        proxy.close();

        assertThat(threads()).doesNotContain(thread);
        assertThat(pair.client().getInputStream().read()).isEqualTo(-1);
        assertThat(pair.server().getInputStream().read()).isEqualTo(-1);
        assertThatThrownBy(this::client).isInstanceOf(ConnectException.class);
        proxy.freeze();
        assertThat(proxy.connections()).isEmpty();
    }

    private static List<String> threads() {
        Thread[] all = new Thread[Thread.activeCount() + 50];
        return Arrays.stream(all, 0, Thread.enumerate(all)).map(Thread::getName).toList();
    }

    @Test
    void refusesValuesOutOfTheirRange() {
        assertThatThrownBy(() -> proxy.delay(Direction.ANSWERS, Duration.ofMillis(-1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("delay is PT-0.001S: 0 to PT1H is possible");
        assertThatThrownBy(() -> proxy.bandwidth(Direction.ANSWERS, -1))
                .hasMessage("bytesPerSecond is -1: at least 0 is needed");
        assertThatThrownBy(() -> proxy.resetAfter(Direction.ANSWERS, -1))
                .hasMessage("bytes is -1: at least 0 is needed");
        assertThatThrownBy(() -> proxy.lose(1.5)).hasMessage("share is 1.5: 0 to 1 is possible");
        assertThat(proxy).hasToString("FaultProxy[" + proxy.port() + "]");
    }
}
