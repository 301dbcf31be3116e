"""What a verification brought: stages, causes, fixes, and finding out more."""
