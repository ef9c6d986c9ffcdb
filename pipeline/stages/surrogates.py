"""Made-up values: the same for the same value under one key, and invalid on purpose, so that they are nobody's.

De-identified, not anonymised (PIPL Art. 73): whoever holds the key can tell equal values apart from unequal ones.
"""

import hashlib


def surrogate(kind: str, seed: bytes) -> str:
    """Return a value of the kind's shape that no rule accepts; a kind without a safe shape gets a tag of letters."""
    number = str(int.from_bytes(hashlib.sha256(seed).digest(), "big"))
    if kind == "PHONE_NUMBER":
        return f"10{number[:9]}"  # no operator has numbers that start with 10
    if kind == "CN_ID_CARD":
        return f"00{number[:15]}X"  # no province is 00
    if kind == "EMAIL_ADDRESS":
        return f"user-{number[:10]}@mail.invalid"  # RFC 2606
    if kind == "IP_ADDRESS":
        return f"192.0.2.{int(number[:6]) % 256}"  # RFC 5737
    if kind == "PERSON":
        return f"某{'甲乙丙丁戊己庚辛壬癸'[int(number[0])]}{'子丑寅卯辰巳午未申酉戌亥'[int(number[1:5]) % 12]}"
    letters = "".join(chr(ord("a") + int(digit)) for digit in number[:10])  # digits would be a number again
    return f"<{kind}-{letters}>"
