"""Steps of a blue/green rollout."""
