"""Which passwords may be set: long enough, not among the commonest, not the person's own name or number.

Source: ASVS 5.0, 6.2 (length over composition; a list of common passwords). No rule asks for kinds of characters.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from carbonlearn.core.decision import Decision, Reason, decided

SHORTEST = 10
LONGEST = 128  # what is longer only costs hashing time

# Common passwords of ten characters or more, folded to lower case: world-wide lists and the habits of Chinese users.
_WORDS = """
0000000000 0123456789 01234567890 1111111111 11111111111 1122334455 112233445566 1212121212 123123123123
1231231234 1234512345 123454321a 1234554321 12345678900 1234567890 12345678901 123456789012 1234567891 12345678910
1234567899 123456789a 123456789aa 123456789abc 123456789q 123456789z 1234567890a 1234567890q 1234567890-=
123456abcd 123qweasdzxc 147258369a 1472583690 159357258456 1a2b3c4d5e 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3e
1qaz2wsx3edc 1qazxsw23edc 3141592653 31415926535 5201314520 520131452013 5201314000 5211314521 6666666666
7777777777 8888888888 9876543210 987654321a 9999999999 a123456789 a1234567890 aa12345678 aa123456789 aaaaaaaaaa
abc1234567 abc12345678 abc123456789 abcd123456 abcd1234567 abcd12345678 abcdefghij abcdefghijk administrator
admin12345 admin123456 asd123456789 asdfghjkl1 asdfghjkl; asdfghjkl123 baseball123 basketball changeme123
computer123 football123 helloworld iloveyou12 iloveyou123 iloveyou520 jordan2323 letmein123 liverpool1 manchester
michael123 passw0rd12 passw0rd123 password00 password01 password11 password12 password123 password1234
password12345 p@ssw0rd123 princess123 q1w2e3r4t5 q1w2e3r4t5y6 qazwsxedc1 qazwsxedc123 qazwsxedcrfv qq123456789
qq1234567890 qwe1234567 qwe123456789 qweasdzxc1 qweasdzxc123 qwer123456 qwer12345678 qwerty1234 qwerty12345
qwerty123456 qwertyuiop qwertyuiop1 qwertyuiop123 qwertyuiop[] superman123 superstar1 sunshine123 welcome123
welcome1234 whatever123 wang123456 li123456789 woaini1314 woaini1314520 woaini5201314 woainima123 wodemima123
w123456789 woshishui1 z123456789 zhang123456 zaq12wsxcde zxc123456789 zxcvbnm123 zxcvbnm,./ zxcvbnm1234
zz123456789 tanpaifang1 tanpaifang123 carbonlearn carbon2060 carbon12345
"""
COMMON = frozenset(_WORDS.split())


def fold(text: str) -> str:
    """The form in which passwords are compared with the list: compatibility forms folded, lower case."""
    return unicodedata.normalize("NFKC", text).casefold()


def may_use(password: str, own: Iterable[str] = ()) -> Decision:
    """Whether this password may be set; ``own`` are the person's user name, name, phone and ID number.

    Codes: password_too_short, password_too_long, password_common, password_own.
    """
    folded = fold(password)
    reasons: list[Reason] = []
    if len(password) < SHORTEST:
        reasons.append(Reason("password_too_short", {"shortest": SHORTEST, "length": len(password)}))
    if len(password) > LONGEST:
        reasons.append(Reason("password_too_long", {"longest": LONGEST}))
    if folded in COMMON or len(set(folded)) <= 2:
        reasons.append(Reason("password_common"))
    if any(_is_mostly(folded, fold(word)) for word in own):
        reasons.append(Reason("password_own"))
    return decided(reasons)


def _is_mostly(password: str, word: str) -> bool:
    """Whether the password is the word itself, either way round, or the word with no more than three characters beside it."""
    if len(word) < 4:
        return False
    return word in (password, password[::-1]) or (word in password and len(password) - len(word) <= 3)
