"""Tests of `smtpwizard.model`."""
