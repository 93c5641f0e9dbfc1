"""``carbonlearn admin create``: the first system administrator of an empty installation."""

from __future__ import annotations

import click

from carbonlearn.accounts import queries, services
from carbonlearn.cli.common import as_json, make_app, now_of, show
from carbonlearn.core.permissions import Role
from carbonlearn.infra.db import unit_of_work


@click.group()
def admin() -> None:
    """Administrators."""


@admin.command()
@click.option("--username", default="admin", show_default=True)
@click.option("--name", default="系统管理员", show_default=True)
@as_json
def create(username: str, name: str, json_wanted: bool) -> None:
    """Create the first system administrator; prints the one-time code for the first password."""
    app, settings = make_app()
    with app.app_context():
        if queries.user_count():
            click.echo(
                "carbonlearn: this installation already has accounts; an administrator grants roles on screen",
                err=True,
            )
            raise SystemExit(1)
        now = now_of(app)
        with unit_of_work():
            user = services.create_user(username, name, now, must_change=False)
            services.grant_role(user.id, Role.SYSTEM_ADMIN, None, now)
            code = services.issue_code(user, None, now)
    address = f"{settings.base_url}/password-code"
    show(
        {"username": username, "code": code, "address": address},
        json_wanted,
        [f"{username}: {code}", f"set the password at {address}"],
    )


COMMANDS = [admin]
