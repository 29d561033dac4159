/** An AWS Lambda function that sends the emails of a queue through Amazon SES and SendGrid. */
@NullMarked
package io.mailrouter.examples.lambda;

import org.jspecify.annotations.NullMarked;
