output "queue_url" {
  description = "MAILROUTER_QUEUE_URL of the runner."
  value       = aws_sqs_queue.emails.url
}

output "queue_arn" {
  description = "The queue, for an event source mapping."
  value       = aws_sqs_queue.emails.arn
}

output "dead_letter_queue_url" {
  description = "The dead-letter queue, which the consumer finds by itself."
  value       = aws_sqs_queue.dead_letters.url
}

output "events_queue_url" {
  description = "Where events of sent emails arrive, as SES wrote them."
  value       = aws_sqs_queue.events.url
}

output "configuration_set" {
  description = "MAILROUTER_SES_CONFIGURATION_SET of the runner."
  value       = aws_sesv2_configuration_set.emails.configuration_set_name
}

output "policy_arns" {
  description = "The policies of consumer, lambda, producer and redrive operator, to be attached to their roles."
  value = {
    consumer = aws_iam_policy.consumer.arn
    lambda   = aws_iam_policy.lambda.arn
    producer = aws_iam_policy.producer.arn
    redrive  = aws_iam_policy.redrive.arn
  }
}
