package io.mailrouter.examples.pipeline;

import io.mailrouter.testkit.AcceptedEmail;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Holds what was put on the queue against what the providers really accepted, address by address. */
final class Audit {

    private final List<Mail> mails;
    private final Map<String, List<AcceptedEmail>> acceptedByAddress = new HashMap<>();
    private final Map<String, Queue.DeadLetter> deadByBody = new HashMap<>();
    private final Map<String, Integer> deadReasons = new TreeMap<>();
    private final List<String> findings = new ArrayList<>();
    private int lost;
    private int duplicates;
    private int altered;
    private int unknown;
    private int unknownButAccepted;

    Audit(List<Mail> mails, List<AcceptedEmail> accepted, List<Queue.DeadLetter> deadLetters) {
        this.mails = mails;
        for (AcceptedEmail email : accepted) {
            Mail.addresses(email)
                    .forEach(address -> acceptedByAddress
                            .computeIfAbsent(address, a -> new ArrayList<>())
                            .add(email));
        }
        for (Queue.DeadLetter dead : deadLetters) {
            deadByBody.put(dead.body(), dead);
            deadReasons.merge(dead.reason() + " (" + dead.code() + ")", 1, Integer::sum);
        }
        mails.forEach(this::check);
        Set<String> known =
                mails.stream().flatMap(mail -> mail.recipients().stream()).collect(Collectors.toSet());
        acceptedByAddress.keySet().stream()
                .filter(address -> !known.contains(address))
                .forEach(address -> {
                    altered++;
                    findings.add("a provider accepted an address that was never asked for");
                });
    }

    private void check(Mail mail) {
        String dead = Optional.ofNullable(deadByBody.get(mail.body()))
                .map(Queue.DeadLetter::reason)
                .orElse("");
        if (!mail.isEmail()) {
            if (!dead.equals("malformed")) {
                lost++;
                findings.add("malformed message " + mail.number() + " is not in the dead-letter queue as such");
            }
            return;
        }
        boolean isUnknown = dead.equals("unknown");
        unknown += isUnknown ? 1 : 0;
        boolean anywhere = false;
        for (String address : mail.recipients()) {
            List<AcceptedEmail> copies = acceptedByAddress.getOrDefault(address, List.of());
            anywhere |= !copies.isEmpty();
            if (copies.size() > 1) {
                duplicates++;
                findings.add("a recipient of mail " + mail.number() + " got " + copies.size() + " copies");
            }
            if (copies.isEmpty() && !isUnknown) {
                lost++;
                findings.add("a recipient of mail " + mail.number() + " got nothing"
                        + (dead.isEmpty() ? "" : ", it was dead-lettered as " + dead));
            }
            copies.stream()
                    .filter(copy -> !Mail.content(copy).equals(mail.content()))
                    .forEach(copy -> {
                        altered++;
                        findings.add("mail " + mail.number() + " arrived altered");
                    });
        }
        unknownButAccepted += isUnknown && anywhere ? 1 : 0;
    }

    boolean passed() {
        return lost == 0 && duplicates == 0 && altered == 0;
    }

    /** Returns the dead letters by reason. */
    Map<String, Integer> deadReasons() {
        return deadReasons;
    }

    int lost() {
        return lost;
    }

    int duplicates() {
        return duplicates;
    }

    int altered() {
        return altered;
    }

    int unknown() {
        return unknown;
    }

    int unknownButAccepted() {
        return unknownButAccepted;
    }

    int addresses() {
        return mails.stream().mapToInt(mail -> mail.recipients().size()).sum();
    }

    /** Returns what is wrong, the first few. */
    List<String> findings() {
        return findings.subList(0, Math.min(10, findings.size()));
    }
}
