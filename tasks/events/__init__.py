"""Steps that receive events and deliver them to Prefect."""
