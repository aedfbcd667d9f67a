"""Steps that create and prove an endpoint, one Prefect task each."""
