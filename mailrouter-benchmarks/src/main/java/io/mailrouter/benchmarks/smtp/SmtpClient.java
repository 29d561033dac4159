package io.mailrouter.benchmarks.smtp;

import io.mailrouter.benchmarks.contest.Orders;
import io.mailrouter.benchmarks.contest.Senders;
import java.time.Duration;
import java.util.Scanner;

/**
 * One contender in a JVM of its own. An order says how many senders there are, for how many milliseconds they send, and how
 * many bytes the text of an email has; the answer is what that took.
 */
final class SmtpClient {

    private SmtpClient() {}

    public static void main(String[] args) throws Exception {
        try (Contender contender = Contenders.valueOf(args[0]).connected(Integer.parseInt(args[1]))) {
            Orders.obey("ready", order -> turn(contender, order));
        }
    }

    private static String turn(Contender contender, Scanner order) throws Exception {
        int senders = order.nextInt();
        Duration time = Duration.ofMillis(order.nextLong());
        Letter letter = Letter.of(order.nextInt());
        return Senders.turn(senders, time, () -> contender.send(letter)).line();
    }
}
