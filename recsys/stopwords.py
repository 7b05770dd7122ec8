"""Stop words by language. Data only.

Inverse document frequency makes them unnecessary in a large corpus; in one of ten headlines "to" and "of"
would decide what is similar.
"""

from __future__ import annotations

from collections.abc import Mapping

_WORDS: Mapping[str, str] = {
    "en": """
        a about after again against all also am an and any are as at be because been before being below
        between both but by can could did do does doing down during each few for from further had has have
        having he her here hers him his how i if in into is it its itself just may me might more most must
        my no nor not now of off on once only or other our ours out over own said same say says shall she
        should so some such than that the their theirs them then there these they this those through to too
        under until up upon us very was we were what when where which while who whom whose why will with
        would you your yours
    """,
    "de": """
        ab aber als am an auch auf aus bei bin bis da das dass dem den der des die doch du durch ein eine
        einem einen einer eines er es für gegen habe haben hat hatte ich ihr im in ist ja kann kein keine
        man mehr mit nach nicht noch nun nur ob oder ohne sein seine sich sie sind so über um und uns unter
        vom von vor war was wegen wenn wer wie wir wird wurde zu zum zur zwischen
    """,
    "es": """
        a al ante aunque como con contra cuando de del desde donde durante e el ella ellos en entre era es
        esta este esto fue ha hasta hay la las le les lo los más me mi muy ni no nos o para pero por porque
        que quien se según ser si sin sobre son su sus también te tras tu un una uno unos y ya yo
    """,
    "fr": """
        à au aux avec ce ces cette comme contre d dans de des deux du elle en entre est et été être eux fait
        il ils je l la le les leur lui mais même n ne nous on ont ou où par pas pour plus qu que qui s sa
        sans se selon ses si son sont sous sur tout très un une vous y
    """,
    "pt": """
        a ao aos as até com como contra da das de depois do dos e é ela ele em entre era essa esse esta este
        eu foi há isso já mais mas na não nas nem no nos o os ou para pela pelo por qual quando que quem se
        sem ser seu sobre sua são também tem um uma você
    """,
    "it": """
        a ad ai al alla alle anche che chi ci come con contro da dai dal dalla dei del della delle di dopo e
        è ed era fra gli ha hanno i il in io la le lo ma nei nel nella non o per perché più quando questa
        questo se senza si sono su sua sui sul sulla suo tra un una uno
    """,
    "nl": """
        aan al als bij dan dat de den der deze die dit door een en er had heeft het hij hoe ik in is je kan
        maar meer met na naar niet nog nu of om onder ook op over te tegen tot uit van voor was wat we werd
        wie worden wordt zal ze zich zijn zo
    """,
}
STOP_WORDS: Mapping[str, frozenset[str]] = {
    language: frozenset(words.split()) for language, words in _WORDS.items()
}
DEFAULT_LANGUAGE = "en"
"""For texts of unknown language."""
_WEAK: Mapping[str, frozenset[str]] = {
    "en": frozenset(
        """
        across almost alone along already although always among another anyone anything anyway anywhere
        around away back became become becomes behind beside besides beyond cannot done due either else
        enough even ever every everyone everything everywhere except first get gets give given go goes going
        however indeed instead last latest least less made make makes many meanwhile much myself neither
        never next nobody none nothing often one onto others otherwise part per perhaps put rather see seem
        seemed seems several since somehow someone something sometimes still take takes taken themselves
        thereby therefore though throughout thus together toward towards two three four five six seven eight
        nine ten upon via well whatever whenever wherever whether whole within without yet yourself
        """.split()
    )
}


def stop_words(language: str | None) -> frozenset[str]:
    """The stop words of a language by its code (`en`, `pt-BR`); none for a language without a list."""
    return STOP_WORDS.get(_primary(language), frozenset())


def uninformative_words(language: str | None) -> frozenset[str]:
    """The stop words, and words that may count in a similarity but explain nothing to a reader."""
    return stop_words(language) | _WEAK.get(_primary(language), frozenset())


def _primary(language: str | None) -> str:
    return (language or DEFAULT_LANGUAGE).split("-")[0].casefold()
