"""Stages and helpers of the tests of prefect."""
