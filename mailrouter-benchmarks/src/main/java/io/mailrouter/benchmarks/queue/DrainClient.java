package io.mailrouter.benchmarks.queue;

import io.mailrouter.benchmarks.contest.Turn;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Scanner;

/**
 * One contender in a JVM of its own. For each line on its standard input, a queue's URL and how many messages it holds,
 * it drains the queue and writes what that took.
 */
final class DrainClient {

    private DrainClient() {}

    public static void main(String[] args) throws Exception {
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (Contender contender = Contenders.valueOf(args[0]).connected(URI.create(args[1]))) {
            System.out.println("ready");
            for (String order = orders.readLine(); order != null; order = orders.readLine()) {
                System.out.println(drain(contender, new Scanner(order)));
            }
        }
    }

    private static String drain(Contender contender, Scanner order) throws Exception {
        String queueUrl = order.next();
        int messages = order.nextInt();
        Turn turn = Turn.of(() -> {
            contender.drain(queueUrl, messages);
            return messages;
        });
        contender.rest();
        return turn.line();
    }
}
