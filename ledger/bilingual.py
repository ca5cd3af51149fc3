"""Texts for people, in the two languages that every page speaks."""

from dataclasses import dataclass

from index.settings import Language


@dataclass(frozen=True, slots=True)
class Bilingual:
    """One text in Chinese and in English."""

    zh: str
    en: str

    def of(self, language: Language) -> str:
        """Return the text in a language."""
        return self.zh if language == "zh" else self.en

    def filled(self, **values: object) -> "Bilingual":
        """Return the text with values put in, in both languages; for values that are written alike in both."""
        return Bilingual(self.zh.format(**values), self.en.format(**values))
