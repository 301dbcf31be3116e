"""What the walks type: a made-up administrator, registration and password, which are nobody's."""

ADMIN = "admin@demo.example"
CLIENT_ID = "1234567890-example.apps.googleusercontent.com"
CLIENT_SECRET = "an-example"
