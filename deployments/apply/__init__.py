"""`endpoint-ops apply`: everything that Prefect has to know of this project."""
