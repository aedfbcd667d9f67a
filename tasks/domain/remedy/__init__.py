"""Remedies as plans that a person approves."""
