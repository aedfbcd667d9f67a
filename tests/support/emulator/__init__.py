"""Stages and helpers of the tests of emulator."""
