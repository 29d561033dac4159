package io.mailrouter.redis;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;

/**
 * Why Redis cannot be used now, in words for an operator.
 *
 * <p>Of a server's error only its first word is repeated, and of an exception only its type: the rest may hold
 * anything.
 */
final class Trouble {

    /** Before version 7 an error inside a script comes wrapped in another. */
    private static final Pattern IN_SCRIPT = Pattern.compile("^ERR Error running script.*?-([A-Z]{2,32}) ");

    private Trouble() {}

    /** Returns what is wrong, and which property to look at where that may help. */
    static String of(Throwable failure) {
        return of(failure, "password");
    }

    /** Returns the same, where another property holds the password. */
    static String of(Throwable failure, String password) {
        for (Throwable cause : causes(failure)) {
            if (cause instanceof SentinelException) {
                return String.valueOf(cause.getMessage());
            }
            if (cause instanceof LoginRefusedException || cause instanceof RedisCommandExecutionException) {
                return ofError(String.valueOf(cause.getMessage()), password);
            }
            if (cause instanceof SSLException) {
                return "TLS failed: check its certificate and the property uri; nothing was sent in clear";
            }
            if (cause instanceof UnknownHostException || cause instanceof UnresolvedAddressException) {
                return "its name is not known: check the property uri";
            }
            if (cause instanceof ConnectException) {
                return "the connection was refused";
            }
            if (cause instanceof TimeoutException || cause instanceof io.lettuce.core.RedisCommandTimeoutException) {
                return "it did not answer in time";
            }
        }
        return "the connection was lost (" + root(failure).getClass().getSimpleName() + ")";
    }

    /** Says whether the server refuses to write because its memory is full. */
    static boolean isFull(Throwable failure) {
        return of(failure).contains("(OOM)");
    }

    /** Says whether a user lacks a permission. */
    static boolean isRefusal(Throwable failure) {
        return causes(failure).stream()
                .anyMatch(cause -> cause instanceof RedisCommandExecutionException
                        && word(String.valueOf(cause.getMessage())).equals("NOPERM"));
    }

    /** Says whether a connection that stood is lost, so that only another one can help. */
    static boolean isLoss(Throwable failure) {
        Throwable root = root(failure);
        // Lettuce has no type for it; of this type is also what is refused because too much is under way.
        return root instanceof IOException
                || (root.getClass() == RedisException.class
                        && !String.valueOf(root.getMessage()).contains("queue size"));
    }

    /** Returns the causes, the outermost first; of a cluster each node's failure is among them. */
    private static List<Throwable> causes(Throwable failure) {
        List<Throwable> causes = new ArrayList<>();
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            causes.add(cause);
            for (Throwable node : cause.getSuppressed()) {
                for (Throwable deeper = node; deeper != null; deeper = deeper.getCause()) {
                    causes.add(deeper);
                }
            }
        }
        return causes;
    }

    private static String ofError(String error, String password) {
        String word = word(error);
        if (error.contains("without any password") || error.contains("no password is set")) {
            return "it has no password but one is configured: check the properties " + password + " and uri";
        }
        if (error.contains("cluster support disabled")) {
            return "it is no cluster: check the property uri";
        }
        return switch (word) {
            case "WRONGPASS" ->
                "it refused the password (WRONGPASS): check the property " + password + ", or the uri with one inside";
            case "NOAUTH" -> "it wants a password (NOAUTH): set the property " + password;
            case "NOPERM" ->
                "its user lacks a permission (NOPERM): acl-user.txt in the jar of mailrouter-redis says which";
            case "READONLY" -> "it is a replica that takes no writes (READONLY)";
            case "MOVED" -> "it is one of a cluster (MOVED): write redis-cluster:// in the property uri";
            case "OOM" -> "its memory is full (OOM)";
            case "ERR" -> error.contains("max number of clients") ? "it has too many clients" : "it answered an error";
            default -> word.matches("[A-Z]{1,32}") ? "it answered " + word : "it answered an error";
        };
    }

    private static String word(String error) {
        // Before version 7 a script's lack of permission has no word.
        if (error.contains("The user executing the script can't")) {
            return "NOPERM";
        }
        Matcher inside = IN_SCRIPT.matcher(error);
        return inside.find() ? inside.group(1) : error.split(" ", 2)[0];
    }

    private static Throwable root(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }
}
