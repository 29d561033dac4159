/** How fast mail goes out over SMTP, beside what else a Java user would send it with. */
@NullMarked
package io.mailrouter.benchmarks.smtp;

import org.jspecify.annotations.NullMarked;
