"""Events of Azure and of Prefect, and the rules by which they start a rollout."""
