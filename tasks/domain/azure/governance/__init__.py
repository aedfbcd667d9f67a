"""Who may do what in Azure: rights, roles, identities, policies, and names that stay taken."""
