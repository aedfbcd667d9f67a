"""`endpoint-ops rollout`: a redeployment on an emulator, with a client that scores throughout."""
