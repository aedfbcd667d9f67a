"""What several flows share: manual approval, cancellation, and steps side by side."""
