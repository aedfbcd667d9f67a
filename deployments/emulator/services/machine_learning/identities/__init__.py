"""The managed identities of workspaces and endpoints, and the roles that they have or need."""
