"""Links and contact details in what people write: addresses, phone numbers, accounts of messengers.

Promise: each pattern looks a bounded way ahead, so that no text takes long; digits are found through full width,
Chinese numerals and what is put between them. It is a hurdle for advertisers, no proof: what is found is what most of
them write.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from ahocorasick_rs import AhoCorasick

NUMERALS = str.maketrans("零〇一二三四五六七八九壹贰叁肆伍陆柒捌玖", "00123456789123456789")


class Contact(StrEnum):
    """What was found."""

    LINK = "link"
    MAIL = "mail"
    PHONE = "phone"
    ACCOUNT = "account"


_TOP_LEVEL = (
    "com|cn|net|org|io|me|co|app|shop|store|xyz|top|vip|info|live|tv|cc|link|site|online|club|hk|tw|jp|kr|uk|de|fr|ru"
)
_LINK = re.compile(
    rf"(?:https?|ftp)://\S|\bwww\.\w|[a-z0-9-]\.(?:{_TOP_LEVEL})(?![a-z0-9])"
    r"|[a-z0-9-]\s?(?:[.。点]|\(dot\)|\[dot\])\s?(?:com|cn|net|org)(?![a-z0-9])"
)
_DOTS = re.compile("[.。点]|dot")
_MAIL = re.compile(r"[\w+-]\s?(?:@|\(at\)|\[at\])\s?[a-z0-9-]{1,63}(?:\.|\(dot\)|\[dot\])[a-z]{2,}")
_MESSENGERS = (
    r"(?:微信|薇信|威信|v信|vx|wx|we\s?chat|weixin|q\s?q|企鹅|扣扣|telegram|whats\s?app|电报|飞机号|line\s?id)"
)
# After a word that announces an account anything may be one; without it, only what has a digit in it.
_ACCOUNT = re.compile(
    _MESSENGERS
    + r"\s{0,3}(?:(?:(?:号|id|群|是|加|:|=)\s{0,2}){1,4}[a-z0-9][a-z0-9_-]{4,31}"
    + r"|(?=[a-z_-]{0,30}\d)[a-z0-9][a-z0-9_-]{4,31})"
)
_ADD = re.compile(r"加\s?(?:我|个|一下)?\s?(?:v|微|薇|vx|wx|q)(?![a-z])")
_NAMES = AhoCorasick(
    ["信", "vx", "wx", "chat", "weixin", "qq", "q q", "企鹅", "扣扣", "telegram", "app", "电报", "飞机号", "line", "加"]
)
"""What must be somewhere in a text for `_ACCOUNT` or `_ADD` to find something: they are slow, this is not."""
_BETWEEN = r"[\s\-_.·*~,、/()]{0,2}"
_PHONE = re.compile(
    rf"(?<!\d)(?:\+?86{_BETWEEN})?1{_BETWEEN}[3-9](?:{_BETWEEN}\d){{9}}(?!\d)|\+\d(?:{_BETWEEN}\d){{7,14}}(?!\d)"
)
"""A mobile number of mainland China, or any number written with its country (ITU-T E.164: at most 15 digits)."""
FEWEST_DIGITS = 8


def find_contact(text: str) -> Contact | None:
    """What kind of contact detail a text holds, or None."""
    plain = unicodedata.normalize("NFKC", text).lower()
    if ("@" in plain or "at" in plain) and _MAIL.search(plain):
        return Contact.MAIL
    if _DOTS.search(plain) and _LINK.search(plain):
        return Contact.LINK
    numbers = plain.translate(NUMERALS)
    if _NAMES.find_matches_as_indexes(plain) and (_ACCOUNT.search(numbers) or _ADD.search(plain)):
        return Contact.ACCOUNT
    if sum(map(str.isdecimal, numbers)) >= FEWEST_DIGITS and _PHONE.search(numbers):
        return Contact.PHONE
    return None
