"""Terraform's state and its lock: who holds it, whether it is there, whether it fits."""

from django.utils.translation import gettext_lazy as _

from provisioner.explanations.entry import TRY_AGAIN, Act, Entry, Group, Way

_OPERATOR = _("This is a task for an operator: the state must be repaired first.")

ENTRIES = (
    Entry(
        id="lock-held",
        group=Group.STATE,
        title=_("The state is locked"),
        patterns=(
            r"Error acquiring the state lock.{0,400}Lock Info: ID: (?P<id>[0-9a-f-]{8,64}) Path: \S{1,300} "
            r"Operation: (?P<operation>\w{1,40}) Who: (?P<who>[^ ]{1,120}) Version: \S{1,30} Created: "
            r"(?P<since>[0-9-]{8,12} [0-9:]{5,8})",
            r"Error acquiring the state lock.{0,300}(?:PreconditionFailed|Lock Info)",
        ),
        example=(
            "Error acquiring the state lock Error message: operation error S3: PutObject, https response "
            "error StatusCode: 412, RequestID: , HostID: , api error PreconditionFailed: At least one of the "
            "pre-conditions you specified did not hold Lock Info: ID: f5a0c2d7-6f0a-9e42-5b8e-1f5d8c6f3a21 "
            "Path: portal-state-1f2e3d4c5b6a/environments/7c41a2/terraform.tfstate Operation: "
            "OperationTypeApply Who: carol@laptop Version: 1.11.4 Created: 2026-01-02 14:01:00.123456789 "
            "+0000 UTC Info: Terraform acquires a state lock to protect the state from being written by "
            "multiple users at the same time."
        ),
        cause=(
            _(
                "Terraform locks a state while it works on it. {who|Another process} has held the "
                "lock since {since|an unknown time} UTC. A lock does not expire: it stays even if its "
                "process has died."
            )
        ),
        steps=(
            _("Ask whether {who|the holder} is still working. If so, wait for the end and try again."),
            _("If a run of this environment left it, an operator can release it on the run's page."),
            _("Only if nobody is working: an operator runs terraform force-unlock {id|LOCK-ID}."),
        ),
        ways=(Way(Act.UNLOCK, _("Release its own lock")), TRY_AGAIN),
        is_passing=True,
    ),
    Entry(
        id="lock-left",
        group=Group.STATE,
        title=_("The state's lock could not be released"),
        patterns=(r"Error releasing the state lock", r"failed to delete the lock file"),
        example=(
            "Error releasing the state lock Error message: failed to delete the lock file: operation error "
            "S3: DeleteObject, https response error StatusCode: 403, RequestID: , HostID: , api error "
            "AccessDenied: Access Denied Terraform acquires a lock when accessing your state to prevent "
            "others running Terraform to potentially modify the state at the same time."
        ),
        cause=(
            _(
                "Terraform had finished, but could not delete its lock in the bucket. The next run "
                "finds the state locked."
            )
        ),
        steps=(
            _OPERATOR,
            _(
                "The portal's role needs s3:GetObject, s3:PutObject and s3:DeleteObject on *.tflock "
                "in the state bucket."
            ),
            _("Release the lock, then try again."),
        ),
        ways=(Way(Act.UNLOCK, _("Release its own lock")), TRY_AGAIN),
    ),
    Entry(
        id="state-not-saved",
        group=Group.STATE,
        title=_("Terraform could not save its state"),
        patterns=(
            r"Failed to save state",
            r"Failed to persist state",
            r"Error saving state",
            r"Terraform could not save its state to the bucket",
        ),
        example=(
            "Failed to save state Error saving state: failed to upload state: operation error S3: "
            "PutObject, exceeded "
            "maximum number of attempts, 5, https response error StatusCode: 0, RequestID: , HostID: , "
            "request send "
            "failed, Put "
            '"https://portal-state-1f2e3d4c5b6a.s3.ap-northeast-2.amazonaws.com/environments/7c41a2/'
            'terraform.tfstate": dial tcp: connect: connection refused'
        ),
        cause=(
            _(
                "The resources of this run exist, but their state is not in the bucket. It is kept in "
                "the run's workspace on its host. Without it, the next run would create everything "
                "again."
            )
        ),
        steps=(
            _OPERATOR,
            _("Make sure that the bucket can be reached and written. Then push the kept state."),
            _("Then release the lock, and plan again."),
        ),
        ways=(Way(Act.PUSH, _("Push the kept state")),),
    ),
    Entry(
        id="bucket-gone",
        group=Group.STATE,
        title=_("The state or its bucket is missing"),
        patterns=(
            r"S3 bucket \"(?P<bucket>[a-z0-9.-]{3,63})\" does not exist",
            r"in S3 bucket \"(?P<bucket>[a-z0-9.-]{3,63})\".{0,200}NoSuchBucket",
            # Of a bucket that belongs to an environment, names.py tells.
            r"Failed to get existing workspaces.{0,300}NoSuchBucket",
            r"Error refreshing state.{0,300}NoSuchBucket",
            r"Error loading state.{0,300}NoSuchBucket",
            r"Error acquiring the state lock.{0,300}NoSuchBucket",
            r"terraform\.tfstate\b.{0,300}NoSuchBucket",
            r"the state(?:'s [a-z]{3,10}| bucket)? and answered NoSuchBucket",
            r"Could not [a-z ']{0,40}state[a-z ']{0,30}\. The account [a-z0-9-]{1,60} answered NoSuchBucket",
            r"The state of this environment is gone: the bucket (?P<bucket>[a-z0-9.-]{3,63}) has none",
        ),
        example=(
            'Error refreshing state: Unable to access object "environments/7c41a2/terraform.tfstate" in S3 '
            'bucket "portal-state-1f2e3d4c5b6a": operation error S3: HeadObject, https response error '
            "StatusCode: 404, RequestID: , HostID: , NoSuchBucket: The specified bucket does not exist"
        ),
        cause=(
            _(
                "Terraform's state is in the bucket {bucket|of the account}. It was deleted, or the "
                "settings now name another bucket."
            )
        ),
        steps=(
            _OPERATOR,
            _("Do not order again before this is solved: Terraform would not know what exists."),
            _(
                "Check whether the bucket's name or account was changed in the settings. If it was "
                "deleted, restore the state from a backup, or delete the resources by their tags."
            ),
        ),
        ways=(TRY_AGAIN,),
    ),
    Entry(
        id="state-does-not-fit",
        group=Group.STATE,
        title=_("The state is not the expected one"),
        patterns=(
            r"state data in S3 does not have the expected content",
            r"cannot overwrite existing state with serial (?P<serial>\d{1,9}) with a different state",
            r"cannot import state with lineage",
            r"cannot import state with serial (?P<serial>\d{1,9}) over newer state",
            r"Saved plan does not match the given state",
            r"state snapshot was created by Terraform v(?P<version>[0-9a-z.-]{3,30})",
        ),
        example=(
            "Error loading state: state data in S3 does not have the expected content. This may be caused by "
            "unusually long delays in S3 processing a previous state update. Please wait for a minute or two "
            "and try again."
        ),
        cause=(
            _(
                "The state in the bucket is not the one of the plan or of the last run: another "
                "program wrote it, an older version was restored, or S3 did not show the newest "
                "version yet."
            )
        ),
        steps=(
            _("Wait two minutes and try again: a fresh plan reads the state again."),
            _(
                "If it stays, an operator compares the versions (the environment's page, State) and "
                "restores the right one."
            ),
        ),
        ways=(TRY_AGAIN,),
    ),
    Entry(
        id="plan-stale",
        group=Group.STATE,
        title=_("The plan is out of date"),
        patterns=(
            r"Saved plan is stale",
            r"The plan on disk is not the one that was approved",
        ),
        example=(
            "Saved plan is stale The given plan file can no longer be applied because the state was changed "
            "by another operation after the plan was created."
        ),
        cause=(
            _(
                "Between the plan and its apply another program changed the state. Terraform applies "
                "a plan only to the state that it was made for, so it changed nothing."
            )
        ),
        steps=(
            _("Try again: a fresh plan uses the current state."),
            _("Find out which other program changes this state. Only the portal should."),
        ),
        ways=(TRY_AGAIN,),
        is_passing=True,
    ),
)
