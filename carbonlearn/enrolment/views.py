"""What learners see of their own admission: the places with their state, and their own portrait."""

from __future__ import annotations

from flask import Blueprint, Response, g, render_template

from carbonlearn.accounts.queries import own_user
from carbonlearn.core.permissions import Permission
from carbonlearn.enrolment import queries
from carbonlearn.enrolment.replies import portrait_response
from carbonlearn.web.guard import requires

bp = Blueprint("enrolment", __name__)


@bp.get("/me/places")
@requires(Permission.STUDY_OWN)
def own_places() -> str:
    """Every place of one's own with its state, and what a reviewer sent back."""
    return render_template("enrolment/own_places.html", places=queries.own_places(g.actor))


@bp.get("/me/photo")
@requires(Permission.ACCOUNT_OWN)
def my_photo() -> Response:
    return portrait_response(own_user(g.actor).photo_key)
