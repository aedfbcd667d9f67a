"""A rollout: its stages as a list, the loop that runs them, rollback and recovery."""
