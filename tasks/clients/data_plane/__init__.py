"""What is reached beside the control plane: scoring hosts, certificates, DNS, logs, queues, signing keys."""
