"""Tests of `smtpwizard.usecases`."""
