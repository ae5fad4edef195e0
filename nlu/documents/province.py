"""Whose document it is: the province it comes from, so that "Sở Y tế" is looked up in the right one."""

from __future__ import annotations

import re
from collections import Counter

from nlu.documents.heading import Heading
from nlu.documents.letters import bare

_NAMES = (
    "an giang|ba ria - vung tau|bac giang|bac kan|bac lieu|bac ninh|ben tre|binh dinh|binh duong|binh phuoc|binh thuan|"
    "ca mau|can tho|cao bang|da nang|dak lak|dak nong|dien bien|dong nai|dong thap|gia lai|ha giang|ha nam|ha noi|"
    "ha tinh|hai duong|hai phong|hau giang|ho chi minh|hoa binh|hue|hung yen|khanh hoa|kien giang|kon tum|lai chau|"
    "lam dong|lang son|lao cai|long an|nam dinh|nghe an|ninh binh|ninh thuan|phu tho|phu yen|quang binh|quang nam|"
    "quang ngai|quang ninh|quang tri|soc trang|son la|tay ninh|thai binh|thai nguyen|thanh hoa|thua thien hue|"
    "tien giang|tra vinh|tuyen quang|vinh long|vinh phuc|yen bai"
)
"""Provinces and cities before and after Nghị quyết 202/2025/QH15."""
_NAMED = re.compile(
    rf"\b(?:tinh|thanh pho|tp\.?|tinh uy|thanh uy|tinh doan|thanh doan|dang bo (?:tinh|thanh pho)|"
    rf"[a-z&]{{2,}})\s+(?P<name>{_NAMES})$"
)
_PLACE = re.compile(rf"(?:^|[\s.])(?P<name>{_NAMES})$")


_ANYWHERE = re.compile(rf"\b(?:tinh|thanh pho|tp\.?)\s+(?P<name>{_NAMES})\b")
_LONGEST_TEXT = 60_000


def province_within(text: str, home: str) -> str | None:
    """The province a text names most, for a document whose head names none; None when it names ``home`` too."""
    named = Counter(match["name"] for match in _ANYWHERE.finditer(bare(text[:_LONGEST_TEXT])))
    return named.most_common(1)[0][0] if named and home not in named else None


def province_of(heading: Heading) -> str | None:
    """The province in the names of the issuing bodies, else the date line's place; bare letters, None if unsaid."""
    lines = [bare(line.text) for line in heading.issuer]
    for words in [*reversed(lines), " ".join(lines)]:
        match = _NAMED.search(words)
        if match:
            return match["name"]
    match = _PLACE.search(bare(heading.place or "").strip())
    return match["name"] if match else None
