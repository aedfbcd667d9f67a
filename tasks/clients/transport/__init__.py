"""Transport to Azure: ARM, errors, credentials, waiting, request limits."""
