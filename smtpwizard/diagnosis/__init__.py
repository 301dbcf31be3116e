"""Diagnosis: evidence in, ranked causes out; pure, without network, clock or sentences."""

from smtpwizard.diagnosis.engine import Diagnosis, RankedCause
from smtpwizard.diagnosis.mentioned import mentioned
from smtpwizard.diagnosis.report import diagnose_report
from smtpwizard.diagnosis.text import diagnose_text

__all__ = ["Diagnosis", "RankedCause", "diagnose_report", "diagnose_text", "mentioned"]
