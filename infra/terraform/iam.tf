locals {
  ses_prefix = "arn:${data.aws_partition.current.partition}:ses:${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}"
}

module "policies" {
  source = "./modules/policies"

  queue_arn             = aws_sqs_queue.emails.arn
  dead_letter_queue_arn = aws_sqs_queue.dead_letters.arn
  identity_arn          = "${local.ses_prefix}:identity/${var.sender_identity}"
  configuration_set_arn = aws_sesv2_configuration_set.emails.arn
  log_group_arn         = aws_cloudwatch_log_group.lambda.arn
  topic_arn             = aws_sns_topic.events.arn
  events_queue_arn      = aws_sqs_queue.events.arn
  account_id            = data.aws_caller_identity.current.account_id
}

resource "aws_cloudwatch_log_group" "lambda" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = 30
  tags              = var.tags
}

resource "aws_iam_policy" "consumer" {
  name        = "${var.name}-consumer"
  description = "Drains ${var.name} and sends through SES."
  policy      = module.policies.consumer
  tags        = var.tags
}

resource "aws_iam_policy" "lambda" {
  name        = "${var.name}-lambda"
  description = "Drains ${var.name} in Lambda and sends through SES."
  policy      = module.policies.lambda
  tags        = var.tags
}

resource "aws_iam_policy" "producer" {
  name        = "${var.name}-producer"
  description = "Puts emails on ${var.name}."
  policy      = module.policies.producer
  tags        = var.tags
}

resource "aws_iam_policy" "redrive" {
  name        = "${var.name}-redrive"
  description = "Looks at the dead letters of ${var.name} and sends them again."
  policy      = module.policies.redrive
  tags        = var.tags
}
