#!/bin/bash
# Has an environment's instances run the image that its parameter names.
#   roll-out.sh reachable        the address answers by a name that is known and the certificate's
#   roll-out.sh command          on the running instances: half of them at a time, no error allowed
#   roll-out.sh refresh          by new instances, one by one
#   roll-out.sh verify DIGEST    every target healthy, and what answers is this image
# Needs AWS_REGION, GROUP, DOCUMENT, TARGETS and URL.
set -euo pipefail

# Calls "$@" until it succeeds; gives up after $1 seconds.
wait_for() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    if ((SECONDS >= deadline)); then
      echo "gave up on: $*" >&2
      return 1
    fi
    sleep 2
  done
}

# Whether the status is known and none of these words: what was begun just now is not listed everywhere yet.
is_past() {
  [[ -n $status && $status != None && " $* " != *" $status "* ]]
}

command_ended() {
  status=$(aws ssm list-commands --command-id "$1" --query "Commands[0].Status" --output text)
  is_past Pending InProgress Cancelling
}

refresh_ended() {
  status=$(aws autoscaling describe-instance-refreshes --auto-scaling-group-name "$GROUP" \
    --instance-refresh-ids "$1" --query "InstanceRefreshes[0].Status" --output text)
  is_past Pending InProgress Baking RollbackInProgress
}

healthy() {
  states=$(aws elbv2 describe-target-health --target-group-arn "$TARGETS" \
    --query "TargetHealthDescriptions[].TargetHealth.State" --output text | tr '\t' '\n')
  grep -qx healthy <<<"$states" && ! grep -qvx -e healthy -e draining <<<"$states"
}

# More than one target answers: ten answers in a row must agree.
answers_with() {
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    curl -sSf --max-time 5 "$URL/version" | grep -qF "\"$1\"" || return 1
  done
}

case ${1:-} in
  reachable)
    # Any answer is good: this deployment may be the one that repairs it.
    curl -sS -o /dev/null --max-time 10 "$URL/version" || {
      echo "$URL cannot be asked which version runs, so a deployment would be taken back. With a certificate it must be" \
        "https:// and the certificate's name, with a CNAME record to the load balancer." >&2
      exit 1
    }
    ;;
  command)
    id=$(aws ssm send-command --document-name "$DOCUMENT" --max-concurrency 50% --max-errors 0 \
      --targets "Key=tag:aws:autoscaling:groupName,Values=$GROUP" --query Command.CommandId --output text)
    wait_for 300 command_ended "$id"
    if [[ $status != Success ]]; then
      aws ssm list-command-invocations --command-id "$id" --details \
        --query "CommandInvocations[].[InstanceId,CommandPlugins[0].Output]" --output text >&2
      exit 1
    fi
    ;;
  refresh)
    id=$(aws autoscaling start-instance-refresh --auto-scaling-group-name "$GROUP" \
      --preferences MinHealthyPercentage=100,MaxHealthyPercentage=200,InstanceWarmup=45 \
      --query InstanceRefreshId --output text)
    wait_for 900 refresh_ended "$id"
    [[ $status == Successful ]]
    ;;
  verify)
    wait_for 300 healthy # a server in its first boot is among them
    wait_for 30 answers_with "$2"
    ;;
  *)
    sed -n '2,7s/^# //p' "$0" >&2
    exit 2
    ;;
esac
