package io.mailrouter.redis;

import io.mailrouter.provider.Secret;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.SslHandler;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * Logs in as soon as a connection stands, before anything else is said, and then steps aside.
 *
 * <p>Lettuce could do this, but at TRACE it logs the bytes of every command, the password among them. Behind TLS
 * nothing leaves before the server's certificate was verified.
 */
final class Login extends ChannelInboundHandlerAdapter {

    private static final int MAX_ANSWER = 1024;

    private final String user;
    private final Secret password;
    private final Consumer<String> refused;
    private final StringBuilder answer = new StringBuilder();

    /**
     * Prepares a login for one connection.
     *
     * @param user the user's name, empty for the default user
     * @param refused hears the server's error before the connection is closed
     */
    Login(String user, Secret password, Consumer<String> refused) {
        this.user = user;
        this.password = password;
        this.refused = refused;
    }

    void join(Channel channel) {
        ChannelPipeline pipeline = channel.pipeline();
        ChannelHandlerContext tls = pipeline.context(SslHandler.class);
        if (tls == null) {
            pipeline.addFirst("mailrouter-login", this);
        } else {
            pipeline.addAfter(tls.name(), "mailrouter-login", this);
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        ChannelFuture unused = context.writeAndFlush(Unpooled.wrappedBuffer(command()), context.voidPromise());
        context.fireChannelActive();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        while (bytes.isReadable() && !ended()) {
            answer.append((char) bytes.readUnsignedByte());
        }
        if (!ended()) {
            bytes.release();
            return;
        }
        if (answer.charAt(0) == '+') {
            context.pipeline().remove(this);
            // Lettuce warns of a read without bytes.
            if (bytes.isReadable()) {
                context.fireChannelRead(bytes);
            } else {
                bytes.release();
            }
            return;
        }
        bytes.release();
        refused.accept(answer.substring(1).strip());
        ChannelFuture unused = context.close();
    }

    private boolean ended() {
        int length = answer.length();
        return length > MAX_ANSWER || (length > 0 && answer.charAt(length - 1) == '\n');
    }

    private byte[] command() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(("*" + (user.isEmpty() ? 2 : 3) + "\r\n").getBytes(StandardCharsets.UTF_8));
        word(bytes, "AUTH");
        if (!user.isEmpty()) {
            word(bytes, user);
        }
        word(bytes, password.reveal());
        return bytes.toByteArray();
    }

    private static void word(ByteArrayOutputStream bytes, String text) {
        byte[] word = text.getBytes(StandardCharsets.UTF_8);
        bytes.writeBytes(("$" + word.length + "\r\n").getBytes(StandardCharsets.UTF_8));
        bytes.writeBytes(word);
        bytes.writeBytes("\r\n".getBytes(StandardCharsets.UTF_8));
    }
}
