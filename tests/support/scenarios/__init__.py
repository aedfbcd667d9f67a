"""Stages and helpers of the tests of scenarios."""
