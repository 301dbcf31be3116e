"""Projects, connectors and settings on the disk: one JSON file per connector, named by chance.

Reading changes nothing but the name of a damaged file; names are data, never file names.
"""

from smtpwizard.storage.connectorfile import NewerFile, StoredConnector
from smtpwizard.storage.connectors import ConnectorStore, Listing
from smtpwizard.storage.documents import DamagedFile
from smtpwizard.storage.projects import DEFAULT_ID, DEFAULT_NAME, DataDirectory, Project

__all__ = [
    "DEFAULT_ID",
    "DEFAULT_NAME",
    "ConnectorStore",
    "DamagedFile",
    "DataDirectory",
    "Listing",
    "NewerFile",
    "Project",
    "StoredConnector",
]
