"""Blue/green rollouts: plan, strategy, measurements, decisions and report."""
