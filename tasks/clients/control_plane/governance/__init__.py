"""Rights, identities, locks, policies and names that stay taken."""
