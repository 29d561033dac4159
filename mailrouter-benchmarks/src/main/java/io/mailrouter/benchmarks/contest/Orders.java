package io.mailrouter.benchmarks.contest;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Scanner;

/** The other end of a {@link ChildJvm}: what it is asked, and what it answers, each on a line. */
public final class Orders {

    private Orders() {}

    /** Answers an order. */
    @FunctionalInterface
    public interface Answer {
        String to(Scanner order) throws Exception;
    }

    /** Says that this JVM is ready, and answers orders until there are no more. */
    public static void obey(String ready, Answer answer) throws Exception {
        System.out.println(ready);
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String order = next(orders); !order.isEmpty(); order = next(orders)) {
            System.out.println(answer.to(new Scanner(order)));
        }
    }

    private static String next(BufferedReader orders) throws IOException {
        String order = orders.readLine();
        return order == null ? "" : order;
    }
}
