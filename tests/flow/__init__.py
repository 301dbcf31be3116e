"""Tests of `smtpwizard.flow`."""
