"""The WSGI application, with the settings of the environment."""

from carbonlearn.factory import create_app
from carbonlearn.infra.config import Settings

application = create_app(Settings.from_environment())
app = application
