"""The desk of the item bank: items and their review, cases, sources, pictures."""

from carbonlearn.question_bank.staff_views import words as _words  # noqa: F401
from carbonlearn.question_bank.staff_views.cases import bp as cases
from carbonlearn.question_bank.staff_views.enemies import bp as enemies
from carbonlearn.question_bank.staff_views.exports import bp as exports
from carbonlearn.question_bank.staff_views.imports import bp as imports
from carbonlearn.question_bank.staff_views.items import bp as items
from carbonlearn.question_bank.staff_views.pictures import bp as pictures
from carbonlearn.question_bank.staff_views.reviews import bp as reviews
from carbonlearn.question_bank.staff_views.sources import bp as sources

BLUEPRINTS = (cases, sources, pictures, reviews, enemies, imports, exports, items)
