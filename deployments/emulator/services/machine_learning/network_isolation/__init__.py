"""The networks of workspaces and online deployments: isolation modes, outbound rules, private connections."""
