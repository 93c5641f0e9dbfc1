"""What can be done with certificates: issue, revoke, examine, print, count."""

from carbonlearn.certificates.services.counting import count_views
from carbonlearn.certificates.services.examination import Examined, examine, key_was_in_use, number_check
from carbonlearn.certificates.services.issuing import issue, note_blocked
from carbonlearn.certificates.services.revocation import revoke
from carbonlearn.certificates.services.sheet import address_of, qr_text, sheet_of

__all__ = [
    "Examined",
    "address_of",
    "count_views",
    "examine",
    "issue",
    "key_was_in_use",
    "note_blocked",
    "number_check",
    "qr_text",
    "revoke",
    "sheet_of",
]
