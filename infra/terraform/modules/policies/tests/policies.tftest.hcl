variables {
  queue_arn             = "arn:aws:sqs:eu-west-1:123456789012:emails"
  dead_letter_queue_arn = "arn:aws:sqs:eu-west-1:123456789012:emails-dead"
  identity_arn          = "arn:aws:ses:eu-west-1:123456789012:identity/example.com"
  configuration_set_arn = "arn:aws:ses:eu-west-1:123456789012:configuration-set/emails"
  log_group_arn         = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/emails"
  topic_arn             = "arn:aws:sns:eu-west-1:123456789012:emails-events"
  events_queue_arn      = "arn:aws:sqs:eu-west-1:123456789012:emails-events"
  account_id            = "123456789012"
}

run "a_consumer_reaches_its_own_queues_only" {
  command = plan

  assert {
    condition = toset([
      for statement in jsondecode(output.consumer).Statement : statement.Resource
      if startswith(statement.Action[0], "sqs:")
    ]) == toset([var.queue_arn, var.dead_letter_queue_arn])
    error_message = "the consumer's policy names other queues"
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(output.consumer).Statement :
      statement.Resource != "*" || statement.Action[0] == "ses:GetAccount"
    ])
    error_message = "only GetAccount knows no resource"
  }
}

run "no_policy_has_a_wildcard_for_an_action" {
  command = plan

  assert {
    condition = alltrue(flatten([
      for policy in [output.consumer, output.lambda, output.producer, output.redrive] : [
        for statement in jsondecode(policy).Statement : [
          for action in statement.Action : !strcontains(action, "*")
        ]
      ]
    ]))
    error_message = "an action holds a *"
  }
}

run "only_the_topic_sends_to_the_events_queue" {
  command = plan

  assert {
    condition     = jsondecode(output.events_queue).Statement[0].Condition.ArnEquals["aws:SourceArn"] == var.topic_arn
    error_message = "anybody's topic might send to the events queue"
  }

  assert {
    condition     = jsondecode(output.events_queue).Statement[0].Resource == var.events_queue_arn
    error_message = "the policy is for another queue"
  }
}

run "ses_publishes_for_this_account_only" {
  command = plan

  assert {
    condition     = jsondecode(output.events_topic).Statement[0].Condition.StringEquals["aws:SourceAccount"] == var.account_id
    error_message = "another account's SES might publish to the topic"
  }
}
