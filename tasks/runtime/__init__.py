"""Modules shared by all steps: clients, blocks, retry policy, results, progress, artifacts, Prefect's API."""

from tasks.runtime.log_records import keep_logs_safe

# Every flow and step imports this package: there is no earlier place, and none that all of them pass later.
keep_logs_safe()
