mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = {
      account_id = "123456789012"
    }
  }

  mock_data "aws_partition" {
    defaults = {
      partition = "aws"
    }
  }

  mock_data "aws_region" {
    defaults = {
      region = "eu-west-1"
    }
  }
}

variables {
  name = "emails"
}

run "a_standard_queue_by_default" {
  command = apply

  assert {
    condition     = aws_sqs_queue.emails.name == "emails" && !aws_sqs_queue.emails.fifo_queue
    error_message = "the queue is not a standard queue called emails"
  }

  assert {
    condition     = jsondecode(aws_sqs_queue.emails.redrive_policy).maxReceiveCount == 16
    error_message = "SQS would dead-letter before the consumer does"
  }

  assert {
    condition     = jsondecode(aws_sqs_queue.emails.redrive_policy).deadLetterTargetArn == aws_sqs_queue.dead_letters.arn
    error_message = "the redrive policy names another queue"
  }

  assert {
    condition     = jsondecode(aws_sqs_queue_redrive_allow_policy.dead_letters.redrive_allow_policy).sourceQueueArns == [aws_sqs_queue.emails.arn]
    error_message = "other queues may use the dead-letter queue"
  }

  assert {
    condition     = aws_sqs_queue.emails.sqs_managed_sse_enabled && aws_sqs_queue.dead_letters.sqs_managed_sse_enabled && aws_sqs_queue.events.sqs_managed_sse_enabled
    error_message = "a queue is not encrypted"
  }

  assert {
    condition     = aws_sns_topic_subscription.events.endpoint == aws_sqs_queue.events.arn
    error_message = "events go elsewhere"
  }

  assert {
    condition     = jsondecode(aws_sqs_queue_policy.events.policy).Statement[0].Resource == aws_sqs_queue.events.arn
    error_message = "the events queue has no policy of its own"
  }
}

run "a_fifo_queue_has_a_fifo_dead_letter_queue" {
  command = apply

  variables {
    fifo = true
  }

  assert {
    condition     = aws_sqs_queue.emails.name == "emails.fifo" && aws_sqs_queue.dead_letters.name == "emails-dead.fifo"
    error_message = "a name lacks its suffix"
  }

  assert {
    condition     = aws_sqs_queue.dead_letters.fifo_queue
    error_message = "SQS refuses a standard dead-letter queue for a FIFO queue"
  }
}

run "six_times_the_functions_time_out" {
  command = apply

  variables {
    lambda_timeout_seconds     = 60
    visibility_timeout_seconds = 360
  }

  assert {
    condition     = aws_sqs_queue.emails.visibility_timeout_seconds == 360
    error_message = "Lambda would hand a message to a second invocation"
  }
}
