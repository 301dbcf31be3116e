"""How receivers see a sender: SPF, DMARC and DKIM of its domain, and what an email shows."""
