"""The catalog, and the order form that is made from a blueprint."""
