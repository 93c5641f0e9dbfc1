"""What makes a password weak. Length counts, rules of composition do not (NIST SP 800-63B).

The short list holds what people really try.
"""

from __future__ import annotations

MIN_LENGTH = 10
MAX_LENGTH = 128
COMMON = frozenset(
    (
        "1234567890 0123456789 12345678910 123456789a a123456789 1q2w3e4r5t qwertyuiop password12 password123 "
        "qwerty12345 woaini1314 woaini1234 iloveyou12 abc1234567 abcd123456 admin12345 administrator welcome123 "
        "letmein123 zxcvbnm123 asdfghjkl1 1111111111 0000000000 8888888888 6666666666 1122334455 9876543210 "
        "qwer123456 aa12345678 woaini5201 5201314520 carbonlearn"
    ).split()
)


def faults(password: str, username: str) -> list[str]:
    """Stable words for what is wrong with it: too_short, too_long, too_common, like_user_name, too_uniform. Empty: it will do."""
    plain = password.casefold()
    checks = {
        "too_short": len(password) < MIN_LENGTH,
        "too_long": len(password) > MAX_LENGTH,
        "too_common": plain in COMMON,
        "like_user_name": bool(username) and username.casefold() in plain and len(plain) - len(username) < 4,
        "too_uniform": len(set(plain)) < 4,
    }
    return [name for name, found in checks.items() if found]
