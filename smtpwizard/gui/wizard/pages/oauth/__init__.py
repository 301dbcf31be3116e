"""OAuth on page 3: the registration, the remarks before a sign-in, and what came of it."""
