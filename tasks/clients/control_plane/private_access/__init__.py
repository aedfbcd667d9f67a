"""Private access to a workspace: private endpoint, DNS zones, links."""
