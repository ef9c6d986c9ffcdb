"""Checksums by their published examples, and by what a single wrong digit does."""

import pytest

from pipeline.domain.pi import Check
from pipeline.stages.checksums import CHECKS, birth_date, luhn

VALID = [
    (Check.CN_ID_18, "11010519491231002X"),
    (Check.HK_ID, "A123456(3)"),
    (Check.HK_ID, "AB987654(3)"),
    (Check.TW_ID, "A123456789"),
    (Check.VIN, "LSVAA4182E2184847"),
    (Check.IBAN, "DE89370400440532013000"),
    (Check.IBAN, "GB82WEST12345698765432"),
    (Check.BANK_CARD, "4111111111111111"),
    (Check.BANK_CARD, "6222021234567890128"),
    (Check.IMEI, "490154203237518"),
    (Check.USCC, "91110000600037341L"),
    (Check.US_SSN, "536221234"),
    (Check.CN_MOBILE, "13912345678"),
    (Check.CN_MOBILE, "+8613912345678"),
]
INVALID = [
    (Check.CN_ID_18, "110105194912310021"),
    (Check.CN_ID_18, "11010519491331002X"),
    (Check.CN_ID_18, "99010519491231002X"),
    (Check.HK_ID, "A123456(4)"),
    (Check.TW_ID, "A123456788"),
    (Check.IBAN, "DE88370400440532013000"),
    (Check.BANK_CARD, "4111111111111112"),
    (Check.BANK_CARD, "0000000000000000"),
    (Check.US_SSN, "078051120"),
    (Check.US_SSN, "666221234"),
    (Check.CN_MOBILE, "14212345678"),
    (Check.CN_MOBILE, "13911111111"),
    (Check.IP, "192.168.1.1"),
    (Check.IP, "203.0.113.7"),
    (Check.IP, "300.1.2.3"),
    (Check.MAC, "00:00:00:00:00:00"),
    (Check.EMAIL, "icon@2x.png"),
    (Check.SECRET, "request.form[0]"),
    (Check.SECRET, "password"),
    (Check.PERSON, "客户"),
    (Check.PERSON, "经常咳"),
]


@pytest.mark.parametrize(("check", "value"), VALID)
def test_valid(check, value):
    assert CHECKS[check](value)


@pytest.mark.parametrize(("check", "value"), INVALID)
def test_invalid(check, value):
    assert not CHECKS[check](value)


def test_every_check_has_a_function():
    assert set(CHECKS) == set(Check)


@pytest.mark.parametrize("place", range(16))
def test_luhn_notices_any_single_digit(place):
    digits = list("4111111111111111")
    digits[place] = str((int(digits[place]) + 1) % 10)
    assert not luhn("".join(digits))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("11010519491231002X", "1949-12-31"),
        ("110105491231002", "1949-12-31"),
        ("2015年3月7日", "2015-03-07"),
        ("2015/03/07", "2015-03-07"),
        ("20150307", "2015-03-07"),
        ("2015年3月", "2015-03-01"),
        ("2015-02-30", None),
        ("12", None),
    ],
)
def test_birth_dates(value, expected):
    found = birth_date(value)
    assert (found.isoformat() if found else None) == expected
