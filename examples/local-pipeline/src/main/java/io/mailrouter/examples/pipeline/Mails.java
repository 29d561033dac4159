package io.mailrouter.examples.pipeline;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/** Makes up mails as a shop has them: many scripts, emoji, copies, attachments, both formats, and a few broken ones. */
final class Mails {

    private static final JsonMapper JSON = new JsonMapper();
    private static final int BROKEN_IN = 100;
    private static final List<String> NAMES = List.of(
            "Ada Lovelace",
            "さくら",
            "Иван Петров",
            "Δημήτρης",
            "محمد",
            "王小明",
            "Nguyễn Thị Hồng",
            "José Núñez",
            "Zoë O’Brien",
            "");
    private static final List<String> SUBJECTS = List.of(
            "Your order is on its way 🚚",
            "ご注文ありがとうございます",
            "Ваш заказ отправлен",
            "فاتورتك جاهزة",
            "Rechnung für Mücke & Söhne",
            "Your receipt 🧾 — thank you",
            "您的订单已发货");
    private static final List<String> BROKEN = List.of(
            "not json at all NUMBER",
            "{\"v\":1,\"subject\":\"NUMBER\",",
            "{\"v\":99,\"from\":\"shop@example.com\",\"to\":[\"bNUMBER@example.org\"],\"subject\":\"x\",\"text\":\"x\"}",
            "{\"v\":1,\"from\":\"shop@example.com\",\"to\":[\"not an address NUMBER\"],\"subject\":\"x\",\"text\":\"x\"}",
            "{\"v\":1,\"from\":\"a@example.com\",\"to\":[\"bNUMBER@example.org\"],\"subject\":\"x\",\"text\":\"x\",\"oops\":1}");

    private final Random random;

    Mails(long seed) {
        random = new Random(seed);
    }

    /** Returns so many mails, one in a hundred of them broken. */
    List<Mail> make(int count) {
        List<Mail> mails = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            mails.add(i % BROKEN_IN == BROKEN_IN / 2 ? broken(i) : i % 4 == 3 ? campaign(i) : order(i));
        }
        return mails;
    }

    /** The number makes each one unlike the others, so that none can stand in for another. */
    private Mail broken(int number) {
        String body = BROKEN.get(number / BROKEN_IN % BROKEN.size()).replace("NUMBER", String.valueOf(number));
        return new Mail(number, body, List.of(), List.of());
    }

    private Mail order(int number) {
        String name = NAMES.get(number % NAMES.size());
        String subject = SUBJECTS.get(number % SUBJECTS.size()) + " #" + number;
        String text = "Hello " + name + ",\nyour order " + number + " is on its way.\n" + filler(400);
        String html = "<p>Hello <b>" + name + "</b>, your order " + number + " is on its way 📦</p>" + filler(900);
        List<String> recipients = new ArrayList<>();
        List<String> content = new ArrayList<>(List.of("from Ünïcode Shop no-reply@example.com"));
        ObjectNode json = JSON.createObjectNode()
                .put("v", 1)
                .put("idempotencyKey", "order-" + number)
                .put("from", "Ünïcode Shop <no-reply@example.com>");
        address(json.putArray("to"), recipients, content, "to", name, "u" + number + "@example.org");
        if (number % 5 == 0) {
            address(json.putArray("cc"), recipients, content, "cc", "", "cc" + number + "@example.net");
        }
        if (number % 7 == 0) {
            address(json.putArray("bcc"), recipients, content, "bcc", "", "bcc" + number + "@example.net");
        }
        json.put("subject", subject).put("text", text).put("html", html);
        json.putObject("headers").put("X-Order", String.valueOf(number));
        json.putArray("tags").add("order");
        json.putObject("metadata").put("orderId", String.valueOf(number));
        content.addAll(List.of("subject " + subject, "text " + text, "html " + html));
        content.addAll(List.of("header X-Order " + number, "tag order", "metadata orderId " + number));
        if (number % 10 == 1) {
            content.add(attach(json, "Rechnung " + number + " für " + (name.isEmpty() ? "Sie" : name) + ".pdf"));
        }
        return new Mail(number, json.toString(), recipients, content);
    }

    private static void address(
            ArrayNode array, List<String> recipients, List<String> content, String field, String name, String address) {
        array.add(name.isEmpty() ? address : "\"" + name + "\" <" + address + ">");
        recipients.add(address);
        content.add(field + " " + name + " " + address);
    }

    private String attach(ObjectNode json, String name) {
        byte[] bytes = new byte[1_000 + random.nextInt(59_000)];
        random.nextBytes(bytes);
        json.putArray("attachments")
                .addObject()
                .put("name", name)
                .put("type", "application/pdf")
                .put("base64", Base64.getEncoder().encodeToString(bytes));
        return "file " + name + " " + sha256(bytes);
    }

    private Mail campaign(int number) {
        String filler = filler(700);
        String address = "c" + number + "@example.org";
        ObjectNode json = JSON.createObjectNode()
                .put("campaign_id", "spring-" + number % 3)
                .put("campaign_name", "Spring sale")
                .put("subject", "{{first_name}}, our spring sale 🌷 #" + number)
                .put("body", "<h1>Dear {{first_name}} {{last_name}}</h1>" + filler);
        json.putObject("contact")
                .put("email", address)
                .put("first_name", "Zoë <3")
                .put("last_name", "O’Brien")
                .put("company", "Example Ltd");
        json.putObject("config")
                .put("email_service", number % 8 == 7 ? "sendgrid" : "ses")
                .put("from_email", "news@example.com")
                .put("aws_region", "eu-west-1")
                .put("aws_secret_name", "unused");
        List<String> content = List.of(
                "from  news@example.com",
                "to  " + address,
                "subject Zoë <3, our spring sale 🌷 #" + number,
                "text ",
                "html <h1>Dear Zoë &lt;3 O’Brien</h1>" + filler,
                "metadata campaign_id spring-" + number % 3);
        return new Mail(number, json.toString(), List.of(address), content);
    }

    private String filler(int length) {
        StringBuilder text = new StringBuilder(length);
        while (text.length() < length) {
            text.append((char) ('a' + random.nextInt(26))).append(random.nextInt(6) == 0 ? "\n" : "");
        }
        return text.toString();
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
