package io.mailrouter.redis;

/** Redis has refused the login. Its message is the server's error, which names no secret. */
final class LoginRefusedException extends Exception {

    private static final long serialVersionUID = 1L;

    LoginRefusedException(String error) {
        super(error);
    }
}
