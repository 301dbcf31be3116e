"""Projects, connectors and settings on the disk: one JSON file per connector, named by chance.

Reading changes nothing but the name of a damaged file; names are data, never file names.
"""

from smtpwizard.storage.connectors import ConnectorStore
from smtpwizard.storage.projects import DEFAULT_ID, DEFAULT_NAME, DataDirectory

__all__ = [
    "DEFAULT_ID",
    "DEFAULT_NAME",
    "ConnectorStore",
    "DataDirectory",
]
