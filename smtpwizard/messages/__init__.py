"""Every sentence a person reads about a problem: what is wrong, and what to do about it.

Knows codes and facts, never a secret; what foreign text goes into a sentence is cleaned here.
"""

from smtpwizard.messages.changes import change_text, left_behind_text
from smtpwizard.messages.errors import error_text, warning_text
from smtpwizard.messages.face import Face, field_label, field_name
from smtpwizard.messages.problems import problem_text
from smtpwizard.messages.signing_in import date_text, finding_text, mismatch_text
from smtpwizard.messages.translation import translate
from smtpwizard.messages.verification import actor_name, stage_text, stage_title, status_name

__all__ = [
    "Face",
    "actor_name",
    "change_text",
    "date_text",
    "error_text",
    "field_label",
    "field_name",
    "finding_text",
    "left_behind_text",
    "mismatch_text",
    "problem_text",
    "stage_text",
    "stage_title",
    "status_name",
    "translate",
    "warning_text",
]
