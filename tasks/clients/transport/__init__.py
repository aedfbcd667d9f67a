"""How requests reach Azure: ARM, errors, credentials, waiting, request limits."""
