"""What the inputs of the lifecycle need of Azure, checked before anything is created."""
