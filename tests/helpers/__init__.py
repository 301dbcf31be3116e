"""What tests lean on: certificates, real servers, a desktop, and fakes with memory."""
