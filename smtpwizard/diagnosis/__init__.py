"""Diagnosis: evidence in, ranked causes out; pure, without network, clock or sentences."""

from smtpwizard.diagnosis.engine import Diagnosis, RankedCause
from smtpwizard.diagnosis.report import diagnose_report

__all__ = ["Diagnosis", "RankedCause", "diagnose_report"]
