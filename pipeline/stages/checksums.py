"""Checksums and structures: what turns a run of digits into somebody's number.

Each function takes the normalized value (ASCII, separators removed where the identifier has none) and answers yes or no.
Sources: GB 11643 (resident id), GB 32100 (credit code), GB 16735 (VIN), ISO/IEC 7812 (Luhn), ISO 13616 (IBAN), and
the numbering plans. ``CHECKS`` names every function by the word rules use.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping
from datetime import date

from pipeline.domain.pi import Check
from pipeline.stages.person_names import is_person_name


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PROVINCES = _words("11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83 91")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_LATEST_YEAR = 2035
"""Birth years beyond this are no birth years; fixed, so that the same text gives the same answer on every day."""


def calendar_date(year: str, month: str, day: str) -> date | None:
    """Return the date, or None where the calendar has no such day since 1900."""
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return found if 1900 <= found.year <= _LATEST_YEAR else None


def luhn(digits: str) -> bool:
    """Tell whether a digit string has a valid Luhn check digit (ISO/IEC 7812-1 annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled - 9 * (doubled > 9)
    return total % 10 == 0 and digits.strip("0") != ""


def cn_id_18(value: str) -> bool:
    """Resident identity number: region, real birth date, ISO 7064 MOD 11-2 check character (GB 11643-1999)."""
    value = value.upper()
    if value[:2] not in _PROVINCES or calendar_date(value[6:10], value[10:12], value[12:14]) is None:
        return False
    remainder = sum(int(digit) * weight for digit, weight in zip(value, _ID_WEIGHTS, strict=False)) % 11
    return "10X98765432"[remainder] == value[17]


def cn_id_15(value: str) -> bool:
    """First-generation resident identity number: region and a birth date of the 20th century; it has no check digit."""
    return value[:2] in _PROVINCES and calendar_date("19" + value[6:8], value[8:10], value[10:12]) is not None


_MOBILE = re.compile(r"(?:\+?86|0086)?(1(?:3\d|4[015-9]|5[0-35-9]|6[2567]|7[0-8]|8\d|9[0-35-9])\d{8})", re.ASCII)


def cn_mobile(value: str) -> bool:
    """Mobile number of the mainland in an assigned range, not one digit over and over, and no round quantity."""
    found = _MOBILE.fullmatch(value)
    return found is not None and len(set(found[1][3:])) > 1 and not found[1].endswith("00000")


def cn_landline(value: str) -> bool:
    """Fixed line: area code and a subscriber number that starts with 2 to 8."""
    return re.fullmatch(r"(?:(?:\+?86|0086)0?)?(?:0?(?:10|2[0-57-9]|[3-9]\d\d))?[2-8]\d{6,7}", value, re.ASCII) is not None


def bank_card(value: str) -> bool:
    """Payment card: issuer range, its lengths, and Luhn; shapes out of issue are left out, for numbers that are no cards have them."""
    length = len(value)
    if value.startswith("62"):
        is_range = 15 <= length <= 19
    elif value[0] == "4":
        is_range = length in {16, 19}
    elif "51" <= value[:2] <= "55" or "2221" <= value[:4] <= "2720":
        is_range = length == 16
    elif value[:2] in {"34", "37"}:
        is_range = length == 15
    elif "3528" <= value[:4] <= "3589" or value[:4] == "6011" or value[:2] == "65":
        is_range = length == 16
    else:
        is_range = 16 <= length <= 19 and (value[:4] in {"9558", "9559", "6011"} or value[:2] in {"60", "68", "69", "95", "90"})
    return is_range and len(set(value)) > 1 and luhn(value)


def hk_id(value: str) -> bool:
    """Hong Kong identity card: weights 9 to 2 over prefix and digits, modulo 11; a single letter counts as space and letter."""
    value = re.sub(r"[()]", "", value.upper())
    body, given = value[:-1].rjust(8), value[-1]
    numbers = [36 if sign == " " else int(sign) if sign.isdigit() else ord(sign) - 55 for sign in body]
    check = -sum(number * weight for number, weight in zip(numbers, range(9, 1, -1), strict=True)) % 11
    return given == ("A" if check == 10 else str(check))


_TW_LETTERS = {letter: 10 + place for place, letter in enumerate("ABCDEFGHJKLMNPQRSTUVXYWZIO")}


def tw_id(value: str) -> bool:
    """Taiwan identity or residence number: letter as two digits, weights 1 9 8 7 6 5 4 3 2 1 1, modulo 10."""
    value = value.upper()
    if value[1] not in "1289":
        return False
    numbers = [int(digit) for digit in f"{_TW_LETTERS[value[0]]}{value[1:]}"]
    return sum(number * weight for number, weight in zip(numbers, (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1), strict=True)) % 10 == 0


_USCC_SIGNS = {sign: place for place, sign in enumerate("0123456789ABCDEFGHJKLMNPQRTUWXY")}
_USCC_PREFIXES = _words("11 12 13 19 21 29 31 32 33 34 35 39 41 49 51 52 53 54 55 59 61 62 69 71 72 79 81 89 91 92 93 A1 A9 N1 N2 N3 N9 Y1")


def uscc(value: str) -> bool:
    """Unified social credit code: registry prefix, region, powers of 3 modulo 31 (GB 32100-2015)."""
    value = value.upper()
    if value[:2] not in _USCC_PREFIXES or any(sign not in _USCC_SIGNS for sign in value):
        return False
    check = -sum(_USCC_SIGNS[sign] * pow(3, place, 31) for place, sign in enumerate(value[:17])) % 31
    return _USCC_SIGNS[value[17]] == check


def plate(value: str) -> bool:
    """Licence plate: at least one digit among the last signs, so that no word of letters is a plate."""
    return sum(sign.isdigit() for sign in value[2:]) >= 1


_VIN_VALUES = dict(zip("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", [*range(10), *range(1, 9), 1, 2, 3, 4, 5, 7, 9, *range(2, 10)], strict=True))
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def vin(value: str) -> bool:
    """Vehicle identification number: check sign at place 9 (GB 16735), letters and digits both present."""
    value = value.upper()
    if value.isdigit() or not any(sign.isdigit() for sign in value):
        return False
    check = sum(_VIN_VALUES[sign] * weight for sign, weight in zip(value, _VIN_WEIGHTS, strict=True)) % 11
    return value[8] == ("X" if check == 10 else str(check))


def imei(value: str) -> bool:
    """Device number: 15 digits, reporting body of a real range, Luhn (3GPP TS 23.003)."""
    return (
        len(value) == 15
        and value[:2] in {"01", "35", "86", "99", "98", "91", "44", "45", "49", "50", "51", "52", "53", "54"}
        and luhn(value)
    )


def imsi(value: str) -> bool:
    """Subscriber number of a mainland network: 460 and a network code 00 to 20."""
    return len(value) == 15 and value[:3] == "460" and value[3:5] <= "20"


def mac(value: str) -> bool:
    """Hardware address that is neither empty, broadcast nor a counting example."""
    octets = re.findall(r"[0-9a-f]{2}", value.lower())
    return len(octets) == 6 and len(set(octets)) > 2


def ip(value: str) -> bool:
    """Public address: documentation, private, loopback and reserved ranges are nobody's."""
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        # A clock time, a ratio or a fingerprint is not an address: ask for four groups, one of them long.
        groups = [group for group in value.split(":") if group]
        return address.is_global and len(groups) >= 4 and max(map(len, groups)) > 2
    return address.is_global and not address.is_multicast and not value.endswith((".0", ".255"))


_NO_MAIL = _words(
    "png jpg jpeg gif webp svg css js py sh md html htm xml json yaml yml txt exe dll so java cpp invalid example test localhost local"
)


_NOBODY = frozenset(
    ("someone", "somebody", "user", "username", "name", "you", "your.name", "yourname", "me", "foo", "bar", "test", "admin", "root", "mail")
)
_MANUALS = (["example", "com"], ["example", "org"], ["example", "net"])


def email(value: str) -> bool:
    """Mail address with a plausible domain; top-level domains that cannot be (RFC 2606), file names and placeholders are nobody's."""
    local, _, domain = value.lower().rpartition("@")
    labels = domain.split(".")
    # A placeholder of a manual is nobody's; any other name at these domains may stand for a person in generated text.
    is_placeholder = labels[-2:] in _MANUALS and local in _NOBODY
    is_name = local != "git" and len(local) <= 64 and ".." not in local
    return labels[-1] not in _NO_MAIL and not is_placeholder and is_name and all(labels) and not labels[-1].isdigit()


def gps(value: str) -> bool:
    """Pair of coordinates inside the country's bounding box, in either order."""
    first, second = (float(number) for number in re.findall(r"\d{1,3}\.\d+", value)[:2])
    return _in_country(first, second) or _in_country(second, first)


def _in_country(latitude: float, longitude: float) -> bool:
    return 3 <= latitude <= 54 and 72 <= longitude <= 136


def birth_date(value: str) -> date | None:
    """Return the date a value holds: an 18- or 15-digit identity number, or a written date."""
    if re.fullmatch(r"\d{17}[\dXx]", value, re.ASCII):
        return calendar_date(value[6:10], value[10:12], value[12:14])
    if re.fullmatch(r"\d{15}", value, re.ASCII):
        return calendar_date("19" + value[6:8], value[8:10], value[10:12])
    numbers = re.findall(r"\d+", value)
    if len(numbers) == 1 and len(numbers[0]) == 8:
        return calendar_date(numbers[0][:4], numbers[0][4:6], numbers[0][6:])
    if len(numbers) == 2 and len(numbers[0]) == 4:
        return calendar_date(numbers[0], numbers[1], "1")
    if len(numbers) >= 3 and len(numbers[0]) == 4:
        return calendar_date(numbers[0], numbers[1], numbers[2])
    return None


def written_date(value: str) -> bool:
    """Tell whether a value is a day or month of the calendar."""
    return birth_date(value) is not None


_PLACEHOLDERS = _words("password passwd username user account admin root null none true false your yourpassword string")


_REFERENCE = re.compile(
    r"\\.*|/.*/.*|\([A-Za-z]{3,}.*|[<{$%\[].*[>}%\]]|[A-Za-z_.>\-]{3,}[(\[{].*|[A-Za-z][A-Za-z_.:/\-]*[.,:;!?]*",
    re.ASCII,
)
"""Markup, a path, a call, a placeholder, or words."""


def secret(value: str) -> bool:
    """Password: at least two of letter, digit and sign; no name, call, placeholder or path of words."""
    kinds = [any(map(test, value)) for test in (str.isalpha, str.isdigit, lambda sign: not sign.isalnum())]
    return sum(kinds) >= 2 and len(set(value)) > 3 and _REFERENCE.fullmatch(value) is None and value.lower() not in _PLACEHOLDERS


def account(value: str) -> bool:
    """Account name: not the name of a field."""
    return value.lower() not in _PLACEHOLDERS


def us_ssn(value: str) -> bool:
    """United States social security number in an assignable range, and not a published example."""
    area, group, serial = value[:3], value[3:5], value[5:]
    is_example = value in {"123456789", "078051120", "219099999", "987654321"}
    return area not in {"000", "666"} and area < "900" and group != "00" and serial != "0000" and not is_example


_IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AT": 20, "BE": 16, "BG": 22, "BR": 29, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24,
    "FI": 18, "FR": 27, "GB": 22, "GI": 23, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IS": 26, "IT": 27, "LI": 21, "LT": 20,
    "LU": 20, "LV": 21, "MC": 27, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "SA": 24, "SE": 24, "SI": 19, "SK": 24,
    "TR": 26,
}  # fmt: skip


def iban(value: str) -> bool:
    """International bank account number: length of its country, modulo 97 (ISO 13616)."""
    value = value.upper()
    if _IBAN_LENGTHS.get(value[:2]) != len(value):
        return False
    return int("".join(str(int(sign, 36)) for sign in value[4:] + value[:4])) % 97 == 1


_COUNTRY_CODES = _words(
    "1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 "
    "62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98 212 213 216 218 234 254 255 256 351 352 353 354 355 356 "
    "357 358 359 370 371 372 373 374 375 376 377 380 381 385 386 420 421 852 853 855 856 880 886 960 961 962 963 964 965 966 "
    "967 968 971 972 973 974 975 976 977 992 993 994 995 996 998 ",
)


def phone_international(value: str) -> bool:
    """Number with a plus: an assigned country code and 8 to 15 digits (ITU-T E.164), of more than two kinds."""
    digits = value.lstrip("+")
    return 8 <= len(digits) <= 15 and any(digits[:width] in _COUNTRY_CODES for width in (1, 2, 3)) and len(set(digits)) > 2


def phone_nanp(value: str) -> bool:
    """North American number: area code and exchange start with 2 to 9, and the fictional 555-01XX is nobody's."""
    digits = value.removeprefix("+").removeprefix("1") if len(value) > 10 else value
    return re.fullmatch(r"[2-9](?!11)\d\d[2-9](?!11)\d{6}", digits, re.ASCII) is not None and digits[3:8] != "55501"


_ADDRESS_PLACE = re.compile(r"路|街|道|巷|弄|胡同|里|村|镇|乡|屯|组|小区|花园|公寓|大厦|苑|园|城|府|广场|庄|坊|湾|桥|寨|营")


def address(value: str) -> bool:
    """Address down to a number: a named place and digits (a city alone is nobody's)."""
    return _ADDRESS_PLACE.search(value) is not None and any(sign.isdigit() or sign in "一二三四五六七八九十甲乙丙" for sign in value)


CHECKS: Mapping[Check, Callable[[str], bool]] = {
    Check.CN_ID_18: cn_id_18,
    Check.CN_ID_15: cn_id_15,
    Check.CN_MOBILE: cn_mobile,
    Check.CN_LANDLINE: cn_landline,
    Check.BANK_CARD: bank_card,
    Check.HK_ID: hk_id,
    Check.TW_ID: tw_id,
    Check.USCC: uscc,
    Check.PLATE: plate,
    Check.VIN: vin,
    Check.IMEI: imei,
    Check.IMSI: imsi,
    Check.MAC: mac,
    Check.IP: ip,
    Check.EMAIL: email,
    Check.GPS: gps,
    Check.DATE: written_date,
    Check.PERSON: is_person_name,
    Check.ADDRESS: address,
    Check.SECRET: secret,
    Check.ACCOUNT: account,
    Check.US_SSN: us_ssn,
    Check.IBAN: iban,
    Check.PHONE_INTERNATIONAL: phone_international,
    Check.PHONE_NANP: phone_nanp,
}
