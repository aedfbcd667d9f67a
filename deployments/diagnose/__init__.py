"""`endpoint-ops diagnose`: what is wrong with scoring endpoints, and the fix."""
