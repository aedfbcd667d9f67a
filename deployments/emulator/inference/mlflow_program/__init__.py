"""The scoring program of MLflow models without code."""
