"""What can be done with the bank, for everyone outside it."""

from carbonlearn.question_bank.services.items import draft, retire, review, revise
from carbonlearn.question_bank.services.loading import digest_of, load_cases, load_items, text_of_entry

__all__ = ["digest_of", "draft", "load_cases", "load_items", "retire", "review", "revise", "text_of_entry"]
