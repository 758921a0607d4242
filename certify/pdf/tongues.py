"""One text in the two languages of the papers, and how days, hours, sizes and marks are written in each."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

HERE = ZoneInfo("Africa/Casablanca")
LANGUAGES = ("fr", "ar")
MONTHS = {
    "fr": ("janvier", "février", "mars", "avril", "mai", "juin",
           "juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    "ar": ("يناير", "فبراير", "مارس", "أبريل", "ماي", "يونيو", "يوليوز", "غشت", "شتنبر", "أكتوبر", "نونبر", "دجنبر"),
}  # fmt: skip
ARABIC_LETTER = re.compile("[\u0621-\u064a\u066e-\u06d3\u0750-\u077f]")
MEASURE = re.compile(r"(?<=\d) (?=[^\W\d]{1,4}\b)|(?<=«) | (?=[»;:?!])")
LATIN_LETTER = re.compile("[A-Za-zÀ-ɏ]")


@dataclass(frozen=True)
class Tongues:
    """A text in French and in Arabic; one side is empty when a person wrote it in the other language alone."""

    fr: str
    ar: str = ""

    def __post_init__(self) -> None:
        """Refuse a text that is empty in both languages: a paper never prints a blank where a fact belongs."""
        if not (self.fr.strip() or self.ar.strip()):
            raise ValueError("A text of a paper is empty in both languages.")

    @classmethod
    def written(cls, text: str) -> "Tongues":
        """Hold what one person typed, on the side of the script that most of its letters belong to."""
        arabic = len(ARABIC_LETTER.findall(text)) > len(LATIN_LETTER.findall(text))
        return cls("", text) if arabic else cls(text)

    @property
    def only(self) -> str | None:
        """The one language this text exists in, or None when it exists in both."""
        if self.fr.strip() and self.ar.strip():
            return None
        return "fr" if self.fr.strip() else "ar"

    def tongue(self, language: str) -> str:
        """The language this text is read in by readers of `language`: theirs if it exists, else the other."""
        return self.only or language

    def text(self, language: str) -> str:
        """The text for readers of `language`: theirs if it exists, else the other; no line ends before a unit."""
        return MEASURE.sub("\u00a0", self.ar if self.tongue(language) == "ar" else self.fr)


def here(moment: datetime) -> datetime:
    """Tell a moment in Morocco's time; raises ValueError when it does not say its zone."""
    if moment.tzinfo is None:
        raise ValueError(f"The time {moment:%Y-%m-%d %H:%M} of a paper does not say its zone.")
    return moment.astimezone(HERE)


def day(value: date, language: str) -> str:
    """Write a day with its Moroccan month name and western digits: 1er mars 2026, 1 مارس 2026."""
    moment = here(value) if isinstance(value, datetime) else value
    number = "1er" if language == "fr" and moment.day == 1 else str(moment.day)
    return f"{number}\u00a0{MONTHS[language][moment.month - 1]}\u00a0{moment.year}"


def hour(value: datetime, language: str) -> str:
    """Write the time of day in Morocco: 14 h 05 in French, 14:05 in Arabic."""
    moment = here(value)
    return f"{moment.hour}\u00a0h\u00a0{moment:%M}" if language == "fr" else f"{moment:%H:%M}"


def days(number: int, language: str) -> str:
    """Count days as grammar wants: 60 jours; in Arabic 2, 3 to 10, 11 to 99 and whole hundreds differ."""
    if language == "fr":
        return f"{number}\u00a0jour{'s' if number > 1 else ''}"
    if number in (1, 2):
        return ("يوم واحد", "يومين")[number - 1]
    last = number % 100
    return f"{number}\u00a0{'أيام' if 3 <= last <= 10 else 'يوما' if last > 10 else 'يوم'}"


def weight(size: int) -> str:
    """Write the size of a file, counted in bytes, as a French reader expects it: 412 ko, 1,2 Mo."""
    if size < 1000:
        return f"{size}\u00a0o"
    if size < 999_500:
        return f"{round(size / 1000)}\u00a0ko"
    return f"{size / 1_000_000:.1f}\u00a0Mo".replace(".", ",")


def spaced_mark(mark: str) -> str:
    """Write a mark in groups of four, as a person types it: 7K9M-4T2X-P8QJ."""
    bare = mark.replace("-", "").replace(" ", "").upper()
    return "-".join(bare[start : start + 4] for start in range(0, len(bare), 4))
