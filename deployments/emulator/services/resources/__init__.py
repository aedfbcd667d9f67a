"""Microsoft.Resources and Microsoft.Authorization: what every other service stands on."""
