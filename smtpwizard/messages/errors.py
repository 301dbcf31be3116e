"""Sentences for what could not be done as a whole, and for what a check of the machine found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smtpwizard.messages.face import Face, Sentence, sentence_text
from smtpwizard.messages.problems import PROBLEMS, problem_text
from smtpwizard.messages.signing_in import FINDINGS, LOST, SIGN_IN_ERRORS
from smtpwizard.messages.stage_errors import STAGE_ERRORS
from smtpwizard.messages.translation import mark as _
from smtpwizard.model.problem import Problem
from smtpwizard.model.stage_facts import StageError

# What nothing but a command can ask for.
COMMANDS: Mapping[str, str] = {
    "arguments_invalid": _("The command cannot be understood: {reason}"),
    "assignment_invalid": _("Write what to change as field=value."),
    "default_not_settable": _(
        "The default is chosen with a command of its own: smtpwizard default NAME"
    ),
    "display_dead": _(
        "The display {display} cannot be opened. Use the commands (smtpwizard --help), or start it "
        "in a desktop session."
    ),
    "display_library_missing": _(
        "The window needs a library that is not installed ({reason}). Install it, or use the "
        "commands (smtpwizard --help)."
    ),
    "display_unknown": _(
        "QT_QPA_PLATFORM names {name}, which Qt does not have. Use the commands "
        "(smtpwizard --help), or take that variable away."
    ),
    "certificate_not_in_file": _(
        "The file has no certificate with the fingerprint {name}. Nothing was trusted."
    ),
    "field_kept": _("{field} is kept, but nothing here knows it."),
    "field_twice": _("The field {field} is set twice. Give it once."),
    "field_unknown": _("There is no field {field}. `smtpwizard show NAME --json` has them all."),
    "help_unknown": _("No page of help has “{name}”. All topics: smtpwizard help"),
    "line_too_long": _("This line is too long: {limit} bytes are the limit."),
    "line_unreadable": _('This line is no JSON object with the text of a failure in "raw".'),
    "no_display": _(
        "There is no display to open a window on. Use the commands (smtpwizard --help), "
        "or start it in a desktop session."
    ),
    "not_offered": _("{name} is not available in this version."),
    "no_runs": _("{name} has not been tested yet: there is no recorded test to make a case of."),
    "port_not_free": _(
        "This port cannot be listened on ({reason}). Leave --port out, or give another."
    ),
    "replay_signs_nobody_in": _(
        "This is a replay: nobody signs in here. Any credential is as good as the recorded one."
    ),
    "nothing_to_change": _("Say what to change: --set field=value, or --secret-stdin."),
    "nothing_to_compare": _(
        "One of the two has nothing but settings, the other nothing but a report. Verify the "
        "connector first."
    ),
    "passphrases_not_two": _(
        "Two lines are expected on standard input: the passphrase there is, and the new one."
    ),
    "passphrases_differ": _("The two passphrases differ. Nothing was saved; start again."),
    "setting_invalid": _("{field} cannot have this value. It takes: {choices}"),
    "setting_unknown": _("There is no setting {field}. There are: {choices}"),
    "scenario_unknown": _("There is no scenario {name}. See: smtpwizard demo --list"),
    "secret_is_file": _(
        "Several lines were pasted, and one was expected. Nothing was saved; give a file "
        "with --secret-stdin < FILE, or a client file with --client-json FILE."
    ),
    "secret_not_given": _("No secret was given. It is expected on standard input."),
    "secret_not_used": _(
        "This connector needs no secret: it signs in without one, or a helper command fetches it."
    ),
    "secret_store_unknown": _("There is no secret store {name}. Choose one of: {choices}"),
    "secret_twice": _("Give the secret or the helper command that fetches it, not both."),
    "window_unavailable": _(
        "The window cannot be opened: {reason}. Install the missing libraries, or use the commands "
        "(smtpwizard --help)."
    ),
}

_USAGE: Mapping[str, Sentence] = {
    "answer_applied": _(
        "This answer is applied already: the connector {name} has what it changes. Nothing is to "
        "be done."
    ),
    "answer_connector_changed": _(
        "The connector {name} was changed after this case was made, so the answer is not for what "
        "it is now. Nothing was changed; send a new case."
    ),
    "answer_newer": _(
        "This answer was written by a newer version of the program. Update to use it."
    ),
    "answer_not_one": _("This is no answer to a case, or it is damaged. Nothing was changed."),
    "answer_other_connector": _(
        "This answer is for the connector {name}, not for another. Nothing was changed."
    ),
    "answer_other_project": {
        Face.WINDOW: _("This answer is for a connector of the project {project}."),
        Face.COMMAND_LINE: _(
            "This answer is for a connector of the project {project}. Nothing was changed; name "
            "the project with --project."
        ),
    },
    "answer_unknown": _(
        "This answer is to a case that nobody made here, or whose connector is gone. Nothing was "
        "changed."
    ),
    "cancelled": _("Stopped."),
    "case_has_secret": _(
        "What would be written looks like a secret, in {field}. No case was written."
    ),
    "case_invalid": _("The case cannot be read: {field} is not what it must be."),
    "case_newer": _("The case was made by a newer version ({made_by}). Update to open it."),
    "case_not_json": _("This is not a whole case: its text is no JSON. Get the file again."),
    "case_not_utf8": _("This is not a case: the file is not text in UTF-8."),
    "case_not_from_here": _("This case was not made here: its names stay hidden."),
    "case_other_format": _("This file is not a case."),
    "certificate_ambiguous": _("Several certificates begin with {name}. Give more of it."),
    "certificate_unknown": _(
        "The project trusts no certificate with the fingerprint {name}. It takes 8 digits at least."
    ),
    "certificates_too_many": _(
        "These are too many certificates. A project takes a few; a bundle belongs to the system."
    ),
    "case_is_an_answer": _("This is not a case, but the answer to one. {do_apply_answer}"),
    "case_part_unknown": _("A case has no part {part}. It has: {choices}"),
    "case_unproven": _(
        "The case would not say alone what this test says ({parts}), so it was not written. "
        "{do_write_unproven}"
    ),
    "case_without_wire": _(
        "This case was made without what went over the wire: there is nothing to play."
    ),
    "case_without_report": _("This case was made without its report: there is nothing to show."),
    "case_too_large": _("The case is too large: {limit} bytes are the limit."),
    "case_without_connector": _("This case was made without the connector's settings."),
    "case_too_many": _("The case has too many entries in {field}: {limit} are the limit."),
    "command_not_absolute": _(
        "{program} would be another program in another folder or with another PATH. Give the whole "
        "path of the helper command."
    ),
    "connector_gone": _(
        "The connector was removed in the meantime, or its file cannot be read any more."
    ),
    "too_many_senders": _("More than {most} senders at once are not tried."),
    "headers_missing": _(
        "There are no headers of an email in it. Paste all of them, or the .eml file."
    ),
    "connector_unknown": _("There is no connector with the name {name}. {do_list_connectors}"),
    "document_byte_order_mark": _("The file begins with a mark in the wrong place. Save it again."),
    "document_duplicate_key": _("The JSON document names one field twice. Remove one of them."),
    "document_empty": _("There is nothing in it. A connector is expected, as one JSON document."),
    "document_not_an_object": _("The JSON document must be an object with fields."),
    "document_not_finite": _("The JSON document has a number that is none, or is too large."),
    "document_not_json": _("This is not a JSON document. Check commas, quotes and brackets."),
    "document_not_utf8": _("This is not text in UTF-8 or UTF-16. Save it as UTF-8."),
    "document_text_too_long": _(
        "A text in the JSON document is too long: {limit} characters are the limit."
    ),
    "document_too_deep": _("The JSON document is nested too deeply."),
    "document_too_large": _("The JSON document is too large: {limit} bytes are the limit."),
    "file_exists": _(
        "There is a file {path} already, and it is not overwritten. Give another name."
    ),
    "file_unwritable": _("The file {path} cannot be written ({reason})."),
    "file_unreadable": _("The file {path} cannot be read ({reason}). Check name and permissions."),
    "demo_gone": _("The demo's servers have ended. Close this window and start the demo again."),
    "text_too_large": _("The file {path} is too large: {limit} bytes are the limit."),
    "file_empty": _("The file {path} is empty."),
    "file_is_archive": _(
        "{path} is an archive or an Office document. Unpack it, or open it and copy what it says."
    ),
    "file_is_pdf": _("{path} is a PDF document. Open it and copy what it says."),
    "file_is_picture": _(
        "{path} is a picture, and the words in it cannot be read. Copy the text itself, or save "
        "the email as a file (.eml)."
    ),
    "file_no_text": _(
        "{path} is neither an email nor a text, a case or an answer. Save the email as a file "
        "(.eml), or copy what it says."
    ),
    "outlook_message": _(
        "{path} is in Outlook's own format. In Outlook save the message as text, or open it and "
        "copy what it says."
    ),
    "path_not_found": _(
        "There is no file {path}. A path begins at the folder in which the command runs; give the "
        "whole path, from / or the drive on."
    ),
    "path_not_plain": _("Give the path itself: no file:// address, and no variable such as $HOME."),
    "project_key_unknown": _("A project has no {field}. It has: {choices}"),
    "report_invalid": _("This is no report of a verification, or it is damaged."),
    "name_taken_there": _(
        "The project {project} has a connector with the name {name} already. Give one of them "
        "another name first."
    ),
    "project_last": _("{name} is the only project, and there has to be one. Rename it instead."),
    "project_not_empty": {
        Face.WINDOW: _("The project {name} has {number} connectors."),
        Face.COMMAND_LINE: _(
            "The project {name} has connectors ({number}). Move them to another project, or remove "
            "them with it: --with-connectors"
        ),
    },
    "project_same": _("The connectors are in the project {name} already. Name another one."),
    "project_taken": _("Another project has the name {name}. Choose a different one."),
    "project_unknown": {
        Face.WINDOW: _("There is no project with the name {name}."),
        Face.COMMAND_LINE: _(
            "There is no project with the name {name}. See: smtpwizard project list"
        ),
    },
    "run_unknown": {
        Face.WINDOW: _("This test is not kept any more."),
        Face.COMMAND_LINE: _(
            "{connector} has no recorded test {name}. See: smtpwizard history NAME"
        ),
    },
    "address_foreign": _("{address} is not on this computer."),
    # Why one of many was skipped.
    "unexpected": _("An unexpected error, and our fault; the log says where."),
    "secret_has_nul": _("The secret contains a NUL character, which no mail server accepts."),
    "secret_not_utf8": _("The secret is not UTF-8 text."),
    "secret_too_long": _("The secret is too long: {limit} bytes are the limit."),
}

_STORAGE: Mapping[str, Sentence] = {
    "case_table_damaged": _(
        "The table of stand-ins {path} is damaged, or was changed by something else. Nothing was "
        "changed; send a new case."
    ),
    "project_gone": _("This project was removed by another program. Nothing was changed."),
    "changed_elsewhere": _(
        "The connector was changed or removed by another program in the meantime. "
        "Nothing was saved; open it again."
    ),
    "data_dir_not_private": _(
        "Other users can change {path}. No secret is used and no helper command is run until it is "
        "yours alone (chmod 700, or 600 for a file)."
    ),
    "result_not_kept": _(
        "The data folder {path} can only be read: this result is shown, and not kept."
    ),
    "settings_not_kept": _("The data folder {path} can only be read."),
    "data_dir_unreadable": _("{path} cannot be read ({reason}). Check its permissions."),
    "data_dir_unwritable": _(
        "{path} cannot be written ({reason}), so nothing was changed. Check its permissions, and "
        "whether its disk can only be read."
    ),
    "disk_full": _("The disk is full. Nothing was saved; make room and try again."),
    "home_missing": {
        Face.WINDOW: _(
            "This user has no home folder, so there is no place for connectors. Name one with "
            "SMTPWIZARD_DATA_DIR, and start the program again."
        ),
        Face.COMMAND_LINE: _(
            "This user has no home folder, so there is no place for connectors. Name one with "
            "--data-dir or SMTPWIZARD_DATA_DIR."
        ),
    },
    "lock_unsupported": {
        Face.WINDOW: _(
            "Files in {path} cannot be locked ({reason}). The data folder has to be on a "
            "local disk."
        ),
        Face.COMMAND_LINE: _(
            "Files in {path} cannot be locked ({reason}). Choose a local folder with --data-dir."
        ),
    },
    "locked": _("Another program is saving at the moment. Try again."),
    "run_damaged": _("The recorded test {path} is damaged."),
    "run_unwritable": _("The test cannot be recorded in {path}."),
    "provider_file_damaged": _(
        "The provider file {path} cannot be used ({reason}). Correct it or move it away."
    ),
    "read_only_newer": _(
        "{path} was written by a newer version of the program. Update to change it."
    ),
    # Why a document cannot be written to the disk.
    "byte_order_mark": _("The file begins with a byte order mark. Save it without."),
    "changed": _("The file was changed by something else, or is damaged."),
    "copy": _("The file is a copy of another connector's. Move one of the two away."),
    "duplicate_key": _("The file names one field twice."),
    "empty": _("The file is empty."),
    "not_finite": _("The file has a number that is none, such as NaN."),
    "not_a_secrets_file": _("The file is not an encrypted file of secrets."),
    "not_json": _("The file is not JSON."),
    "not_utf8": _("The file is not UTF-8."),
    "set_aside": _("The file was set aside because it could not be used."),
    "stored_invalid": _("The file's own bookkeeping is damaged."),
    "too_costly": _("The file takes more memory or time to open than is allowed."),
    "too_deep": _("The file is nested too deeply."),
    "too_large": _("The file is too large."),
    "unreadable": _("The file cannot be read. Check its permissions."),
}

_SECRETS: Mapping[str, Sentence] = {
    "file_not_chosen": _(
        "{path} cannot be opened as the encrypted file, so nothing was changed: put a copy of it "
        "back, or move it away to begin a new one."
    ),
    "keyring_not_chosen": {
        Face.WINDOW: _(
            "The system's keyring cannot be used on this computer, so nothing was changed: choose "
            "the encrypted file, or start a keyring and choose it again."
        ),
        Face.COMMAND_LINE: _(
            "The system's keyring cannot be used on this computer, so nothing was changed: start "
            "one and try again, set secret_store=file, or leave it to each computer with an empty "
            "value (secret_store=)."
        ),
    },
    "keyring_silent": _(
        "The keyring did not answer in time; it may be waiting to be unlocked. Unlock it and try "
        "again."
    ),
    "keyring_waits": _("Waiting for the keyring, which may be asking you something."),
    "passphrase_command_invalid": _(
        "SMTPWIZARD_PASSPHRASE_COMMAND is not a command: a quote is not closed."
    ),
    "passphrase_needed": {
        Face.WINDOW: _("The encrypted file needs its passphrase."),
        Face.COMMAND_LINE: _(
            "The encrypted file needs its passphrase. Run this in a terminal, or set "
            "SMTPWIZARD_PASSPHRASE_COMMAND to a command that prints it."
        ),
    },
    "passphrase_too_short": _("A new passphrase needs at least {limit} characters."),
    "passphrase_wrong": _("The passphrase is wrong. Nothing was changed; try again."),
    "secret_bound_elsewhere": {
        Face.WINDOW: _(
            "The stored secret was given for {before}, and the connector says {after} now. Nothing "
            "was sent."
        ),
        Face.COMMAND_LINE: _(
            "The stored secret was given for {before}, and the connector says {after} now. Nothing "
            "was sent. {do_enter_secret}"
        ),
    },
    "secret_command_empty": _("The helper command {program} printed no secret."),
    "secret_command_failed": _("The helper command {program} failed (exit status {status})."),
    "secret_command_many_lines": _(
        "The helper command {program} printed {lines} lines, and a password is one. Nothing was "
        "sent; have it print the password alone."
    ),
    "secret_command_not_found": _("The helper command {program} cannot be started."),
    "secret_command_not_private": _(
        "Other users can put another program in the place of {program}, because they can change "
        "{path}. It is not run until that is yours or root's alone."
    ),
    "secret_command_not_text": _(
        "The helper command {program} printed something that is not text."
    ),
    "secret_command_relative": _(
        "The helper command {program} would be another program in another folder or with another "
        "PATH. Give authentication.secret_command the whole path."
    ),
    "secret_command_timeout": _(
        "The helper command {program} took longer than {seconds} seconds and was stopped."
    ),
    "secret_command_too_large": _(
        "The helper command {program} printed far too much for a secret."
    ),
    "secret_command_unapproved": _(
        "The helper command of this connector is not approved on this computer: {command}. "
        "{do_approve_command}"
    ),
    "secret_invalid": _(
        "The secret cannot be stored: it is empty, or has characters no store takes."
    ),
    "secret_missing": _("There is no stored secret for this connector. {do_enter_secret}"),
    "secret_not_kept": {
        Face.WINDOW: _(
            "The secret store gave back something else than it was given. Nothing was saved."
        ),
        Face.COMMAND_LINE: _(
            "The secret store gave back something else than it was given. Nothing was saved; "
            "choose another with --secret-store."
        ),
    },
    "secrets_file_failed": _(
        "The encrypted file {path} cannot be opened ({reason}), so none of its secrets can be read "
        "or kept. Put a copy of it back, or move it away and enter the secrets again."
    ),
    "secrets_file_missing": _("There is no encrypted file yet, and so no passphrase of one."),
    "secret_store_failed": {
        Face.WINDOW: _(
            "The system's keyring failed ({reason}), so none of its secrets can be read or kept. "
            "Start it again, or have new secrets go to the encrypted file: Settings."
        ),
        Face.COMMAND_LINE: _(
            "The system's keyring failed ({reason}), so none of its secrets can be read or kept. "
            "Start it again, or choose --secret-store file for new ones; see: smtpwizard doctor"
        ),
    },
    "secret_store_locked": _(
        "The keyring is locked, or its question was dismissed. Unlock it and try again."
    ),
    "secret_store_unavailable": {
        Face.WINDOW: _("This computer has no keyring that works."),
        Face.COMMAND_LINE: _(
            "This computer has no usable keyring. Choose where secrets go: --secret-store file "
            "keeps them in a file under a passphrase, --secret-store session forgets them at the "
            "end."
        ),
    },
    "secret_too_large": _("The secret is too large to be stored: {limit} bytes are the limit."),
    "secret_unreadable": _(
        "The stored secret of this connector cannot be read: it is incomplete, or of a later "
        "version. Those of other connectors are not concerned. {do_enter_secret}"
    ),
}

ERRORS: Mapping[str, Sentence] = {
    **COMMANDS,
    **_USAGE,
    **_STORAGE,
    **_SECRETS,
    **SIGN_IN_ERRORS,
    **FINDINGS,
}
_STAGE_ERRORS: Mapping[str, Sentence] = {error.value: STAGE_ERRORS[error] for error in StageError}

WARNINGS: Mapping[str, Sentence] = {
    "data_dir_unwritable": _("The data folder {path} cannot be written: nothing can be saved."),
    "file_damaged": _("A file is damaged and left out: {path}"),
    "keyring_unusable": {
        Face.WINDOW: _("It cannot be used. Have new secrets go to the encrypted file: Settings."),
        Face.COMMAND_LINE: _("The keyring cannot be used: choose --secret-store file or session."),
    },
    "keyring_keeps_some": _(
        "The keyring cannot be used. Secrets that it keeps cannot be read until it can; connectors "
        "concerned: {count}."
    ),
    "session_without_keyring": {
        Face.WINDOW: _(
            "New secrets are kept for this session only, and forgotten when the window closes. The "
            "system's keyring cannot be used here. To keep them, choose the encrypted file: "
            "Settings."
        ),
        Face.COMMAND_LINE: _(
            "New secrets are kept for this session only, and forgotten at its end. The system's "
            "keyring cannot be used here. To keep them: --secret-store file."
        ),
    },
    "names_not_found": _(
        "Not found: {hosts}. Look whether the network, and in a company the VPN, is on."
    ),
    "no_name_server": _(
        "This computer has no name server, so no server is found by its name. Look whether the "
        "network is on."
    ),
    "log_dir_unwritable": _("The log folder {path} cannot be written: there will be no log."),
    "proxy_in_environment": _("The environment names a proxy; connections may go through it."),
    "proxy_unusable": _(
        "{source} is not the address of a proxy that can be used. Write http://host:3128 or "
        "socks5://host:1080; mail goes through no https:// proxy."
    ),
    "provider_overridden": _(
        "{path} changes {key} of the provider {provider}: {new} in place of {old}"
    ),
    "qt_missing": _("PySide6 is not installed: the window cannot be opened."),
    "tls_keys_logged": _(
        "SSLKEYLOGFILE is set: the keys of TLS connections are written to {path}, and anyone "
        "who reads it can read passwords."
    ),
    "trust_store_empty": _("No certificate authorities are installed: no server can be trusted."),
    "trust_store_replaced": _("{variable} is set: certificate authorities come from {path}."),
}


def error_text(code: str, facts: Mapping[str, Any], face: Face) -> str:
    """The sentence for the code of an exception; `facts` are the exception's."""
    sentence = ERRORS.get(code)
    if code == "field_unknown" and facts.get("secret"):
        sentence = PROBLEMS["secret_in_document"]
    if sentence is None and not (facts.get("field") and code in PROBLEMS):
        sentence = _STAGE_ERRORS.get(code)
    if code == "token_revoked" and facts.get("interrupted"):
        sentence = LOST[facts.get("lost_at", "asking")]
    if sentence is None or facts.get("alone"):
        return problem_text(Problem(str(facts.get("field") or ""), code, facts), face)
    return sentence_text(sentence, facts, face)


def warning_text(code: str, facts: Mapping[str, Any], face: Face = Face.COMMAND_LINE) -> str:
    """The sentence for a warning about this computer."""
    sentence = WARNINGS.get(code)
    if sentence is None:
        return error_text(code, facts, face)
    return sentence_text(sentence, facts, face)
