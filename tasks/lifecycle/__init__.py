"""Steps that create an endpoint and prove its isolation, one Prefect task each."""
