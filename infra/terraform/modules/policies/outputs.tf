output "consumer" {
  description = "For the process that drains the queue, such as the standalone runner."
  value       = templatefile("${path.module}/templates/consumer.json.tftpl", local.arns)
}

output "lambda" {
  description = "For the role of the Lambda worker."
  value       = templatefile("${path.module}/templates/lambda.json.tftpl", local.arns)
}

output "producer" {
  description = "For applications that put emails on the queue."
  value       = templatefile("${path.module}/templates/producer.json.tftpl", local.arns)
}

output "redrive" {
  description = "For operators who look at dead letters and send them again."
  value       = templatefile("${path.module}/templates/redrive.json.tftpl", local.arns)
}

output "events_topic" {
  description = "Lets SES publish to the topic, for this account and configuration set alone."
  value       = templatefile("${path.module}/templates/events_topic.json.tftpl", local.arns)
}

output "events_queue" {
  description = "Lets the topic send to the events queue, and nobody else."
  value       = templatefile("${path.module}/templates/events_queue.json.tftpl", local.arns)
}
