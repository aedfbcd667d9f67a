"""Steps that take events in and hand them to Prefect."""
