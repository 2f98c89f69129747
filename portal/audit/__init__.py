"""The audit trail for auditors and admins: its page, the verification of its chain, its exports."""
