package io.mailrouter.benchmarks.queue;

import com.sun.management.OperatingSystemMXBean;
import io.mailrouter.EmailService;
import io.mailrouter.email.Email;
import io.mailrouter.sqs.message.EmailMessages;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Scanner;

/**
 * One contender in a JVM of its own. For each line on its standard input, a queue's URL and how many messages it holds,
 * it drains the queue and writes how many nanoseconds that took and how many of CPU this JVM used meanwhile. For the
 * line {@code parts} it writes the nanoseconds of CPU that reading one message takes, and sending its email.
 */
final class DrainClient {

    private static final OperatingSystemMXBean SYSTEM =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    private static final int PARTS = 50_000;

    private DrainClient() {}

    public static void main(String[] args) throws Exception {
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (Contender contender = Contenders.valueOf(args[0]).connected(URI.create(args[1]))) {
            System.out.println("ready");
            for (String order = orders.readLine(); order != null; order = orders.readLine()) {
                System.out.println(order.equals("parts") ? parts() : drain(contender, new Scanner(order)));
            }
        }
    }

    private static String drain(Contender contender, Scanner order) throws InterruptedException {
        String queueUrl = order.next();
        int messages = order.nextInt();
        long cpu = SYSTEM.getProcessCpuTime();
        long begin = System.nanoTime();
        contender.drain(queueUrl, messages);
        long took = System.nanoTime() - begin;
        long used = SYSTEM.getProcessCpuTime() - cpu;
        contender.rest();
        return took + " " + used;
    }

    private static String parts() {
        EmailMessages messages = EmailMessages.upToDefaultSize();
        String body = QueueFill.body(0);
        Email email = messages.read(body);
        try (EmailService emails = Work.service()) {
            return nanosOf(() -> messages.read(body)) + " " + nanosOf(() -> emails.send(email));
        }
    }

    /** The thread's own time, after as many turns that warm it up. */
    private static long nanosOf(Runnable step) {
        long begin = 0;
        for (int i = 0; i < 2 * PARTS; i++) {
            if (i == PARTS) {
                begin = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
            }
            step.run();
        }
        return Duration.ofNanos(ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - begin)
                .dividedBy(PARTS)
                .toNanos();
    }
}
