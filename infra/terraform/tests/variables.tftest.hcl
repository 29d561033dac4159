# Plans nothing but variables, so that it also runs where no provider can be fetched.

variables {
  name = "emails"
}

run "refuses_a_name_with_a_suffix" {
  command = plan

  variables {
    name = "emails.fifo"
  }

  expect_failures = [var.name]
}

run "refuses_a_visibility_that_lambda_cannot_work_with" {
  command = plan

  variables {
    lambda_timeout_seconds = 60
  }

  expect_failures = [var.visibility_timeout_seconds]
}

run "refuses_a_function_whose_time_is_over_before_a_send_may_begin" {
  command = plan

  variables {
    lambda_timeout_seconds     = 30
    visibility_timeout_seconds = 180
  }

  expect_failures = [var.lambda_timeout_seconds]
}

run "refuses_a_receive_count_of_one" {
  command = plan

  variables {
    max_receive_count = 1
  }

  expect_failures = [var.max_receive_count]
}

run "refuses_a_queue_that_keeps_messages_longer_than_its_dead_letter_queue" {
  command = plan

  variables {
    dead_letter_retention_seconds = 86400
  }

  expect_failures = [var.message_retention_seconds]
}

run "refuses_an_event_type_that_ses_does_not_know" {
  command = plan

  variables {
    event_types = ["BOUNCED"]
  }

  expect_failures = [var.event_types]
}

run "refuses_an_action_that_is_no_arn" {
  command = plan

  variables {
    alarm_actions = ["on-call"]
  }

  expect_failures = [var.alarm_actions]
}
