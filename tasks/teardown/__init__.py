"""Steps that delete the resources that the lifecycle created."""
