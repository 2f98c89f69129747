"""What requests of forms and programs share."""
