package io.mailrouter.redis;

import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** A script of ours: run by its digest, or in full where the server has forgotten it. Safe to share between threads. */
final class Script {

    private final String text;
    private final String digest;

    private Script(String text) {
        this.text = text;
        this.digest = sha1(text);
    }

    /** Returns the script of a file in this package, such as {@code fleet-sync.lua}. */
    static Script named(String file) {
        return new Script(text(file));
    }

    /** Returns what stands in such a file. */
    static String text(String file) {
        try (InputStream script = Script.class.getResourceAsStream(file)) {
            if (script == null) {
                throw new IllegalStateException(file + " is missing in the jar of mailrouter-redis");
            }
            return new String(script.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Begins to run, without waiting; the answer is an array. Whoever cancels it waits no longer, but it may still run. */
    CompletableFuture<List<Object>> run(
            RedisClusterAsyncCommands<String, String> redis, String[] keys, String... values) {
        return redis.<List<Object>>evalsha(digest, ScriptOutputType.MULTI, keys, values)
                .toCompletableFuture()
                .exceptionallyCompose(failure -> isForgotten(failure)
                        ? redis.<List<Object>>eval(text, ScriptOutputType.MULTI, keys, values)
                        : CompletableFuture.failedFuture(failure));
    }

    private static boolean isForgotten(Throwable failure) {
        return failure instanceof RedisNoScriptException
                || (failure instanceof CompletionException && failure.getCause() instanceof RedisNoScriptException);
    }

    private static String sha1(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
