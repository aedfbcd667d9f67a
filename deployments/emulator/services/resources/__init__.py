"""Microsoft.Resources and Microsoft.Authorization: the base of every other service."""
