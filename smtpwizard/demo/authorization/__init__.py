"""An authorization server on loopback for demo, scenarios and tests: a real one in what it checks.

Redirect URIs, PKCE, single-use codes, rotation and client types are enforced as Google and Entra
enforce them; faults are asked for by name. Never for anything but this machine.
"""

from smtpwizard.demo.authorization.behaviour import Behaviour as Behaviour
from smtpwizard.demo.authorization.behaviour import Client as Client
from smtpwizard.demo.authorization.server import AuthorizationServer as AuthorizationServer
