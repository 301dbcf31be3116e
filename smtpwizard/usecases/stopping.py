"""How a face asks running work to stop: it reaches the layers below through use cases only."""

from smtpwizard.net.cancel import CancelToken

__all__ = ["CancelToken"]
