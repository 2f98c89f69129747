"""The trail for those who may read it: filters, the chain's state, exports."""
