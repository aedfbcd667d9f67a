"""Networks, private access and names, as values and rules."""
