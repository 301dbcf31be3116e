"""The shortest script with smtplib that does what `verify` does: `processes.py` runs it."""

import json
import smtplib
import ssl
import sys
from email.message import EmailMessage

job = json.load(sys.stdin)
message = EmailMessage()
message["From"] = job["username"]
message["To"] = job["recipient"]
message["Subject"] = "Test email"
message.set_content("This is a test email. You need not do anything.\n")
with smtplib.SMTP(job["host"], job["port"], "[127.0.0.1]", timeout=10) as client:
    client.starttls(context=ssl.create_default_context())
    client.login(job["username"], job["password"])
    client.send_message(message)
