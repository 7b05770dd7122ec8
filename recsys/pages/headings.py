"""What stands above a list, and the kind of list that it announces: words of twelve languages, as data.

A heading is compared in normalised form (width, case, quotes, dashes: `recsys.text.normalise`).
`ANYWHERE` holds words that announce a list wherever they stand in a short heading; `WHOLE` those that
say so only when they are the heading. To teach a language, add its words; to correct a kind, move them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from recsys.domain import Kind
from recsys.text import normalise

MAX_HEADING = 70  # characters; the longest of 267 labelled headings that announce a list by itself has 57

ANYWHERE: dict[Kind, dict[str, str]] = {
    Kind.POPULAR: {
        "en": r"most[- ](?:read|popular|viewed|shared|commented|watched|clicked|e-?mailed|discussed"
        r"|visited|liked)"
        r"|trending|access ranking"
        r"|popular (?:articles?|stories|posts?|news|now|today|this|discussions|videos|in\b|on\b)"
        r"|(?:week|month|day|today)'?s? (?:top|best) (?:posts|stories|articles|reads)|best read|top reads",
        "ja": r"アクセスランキング|ランキング|よく読まれ|読まれています|人気(?:の)?(?:記事|ニュース)"
        r"|アクセス数|アクセストップ",
        "de": r"meist\s?-?(?:gelesen|geklickt|gesehen|gehört|kommentiert|geteilt|diskutiert|besucht)"
        r"|am meisten gelesen"
        r"|beliebteste|top-?klicks|leserfavoriten",
        "es": r"m[aá]s (?:le[ií]d[oa]s?|vist[oa]s?|popular(?:es)?|comentad[oa]s?|compartid[oa]s?"
        r"|buscad[oa]s?)|tendencias",
        "fr": r"(?:les )?(?:plus|\+) (?:lus?|lues|vue?s|comment[ée]e?s|partag[ée]e?s|consult[ée]e?s"
        r"|populaires)",
        "pt": r"mais (?:lid[oa]s?|vist[oa]s?|acessad[oa]s?|comentad[oa]s?|populares|compartilhad[oa]s?)"
        r"|em alta",
        "it": r"(?:i |le )?pi[uù] (?:lett[ie]|vist[ie]|popolari|commentat[ie]|condivis[ie]|cliccat[ie])",
        "nl": r"(?:meest|best) (?:gelezen|bekeken|populair|gedeeld|besproken)"
        r"|populaire (?:artikelen|berichten)",
        "sv": r"mest l[äa]st(?:a)?|mest sedd(?:a)?",
        "da": r"mest l[æa]ste?",
        "no": r"mest leste?",
        "pl": r"najcz[eę][sś]ciej czytane|najpopularniejsze|najch[eę]tniej czytane",
        "ko": r"많이 본|인기 ?(?:기사|뉴스)|랭킹",
        "zh": r"热门|熱門|点击排行|點閱排行|排行榜|热文",
    },
    Kind.RELATED: {
        "en": r"related (?:articles?|stories|story|coverage|news|content|topics|posts?|links?|reading"
        r"|videos?)"
        r"|more (?:on|about) this|more related",
        "ja": r"関連(?:記事|ニュース|リンク|する記事)|あわせて読みたい",
        "de": r"(?:mehr|artikel|links) zum thema|verwandte artikel|themenrelevante|ähnliche artikel"
        r"|weitere artikel zum thema",
        "es": r"(?:noticias?|notas?|art[ií]culos?|contenidos?) relaciona(?:d[oa]s?)?",
        "fr": r"sur le m[êe]me (?:sujet|th[èe]me)|(?:articles|contenus) (?:li[ée]s|associ[ée]s|similaires)",
        "pt": r"(?:not[ií]cias|mat[ée]rias|artigos|conte[úu]dos?) relacionad[oa]s?",
        "it": r"(?:articoli|notizie) correlat[ie]|sullo stesso (?:tema|argomento)",
        "nl": r"(?:gerelateerde|verwante) (?:artikelen|berichten|nieuws)|meer over dit onderwerp",
        "sv": r"relaterade? (?:artiklar|nyheter)|l[äa]s mer om",
        "pl": r"powi[aą]zane (?:artyku[lł]y|tematy)|zobacz te[zż]",
        "ko": r"관련 ?(?:기사|뉴스)",
        "zh": r"相关(?:新闻|阅读|文章)|相關(?:新聞|文章)|延伸閱讀",
    },
    Kind.LATEST: {
        "en": r"(?:latest|newest|most recent|recent) (?:[\w']+ )?(?:news|stories|articles|posts|headlines|videos"
        r"|updates|slide ?shows|galleries|photos|reviews|reports|episodes|entries|blogs?)",
        "ja": r"新着|最新(?:記事|ニュース)|速報",
        "de": r"neueste (?:artikel|nachrichten|meldungen|beitr[äa]ge)"
        r"|(?:aktuelle|letzte) (?:artikel|meldungen)"
        r"|newsticker|kurzmeldungen",
        "es": r"[úu]ltim[oa]s? (?:noticias|horas?|minuto|art[ií]culos|notas)",
        "fr": r"derni[èe]res (?:news|actualit[ée]s|infos|nouvelles)|derniers articles|(?:à|a) la minute",
        "pt": r"[úu]ltim[oa]s? (?:not[ií]cias|artigos)|mais recentes",
        "it": r"ultim[eio] (?:notizie|ora|articoli)",
        "nl": r"(?:laatste|nieuwste) (?:nieuws|artikelen|berichten)|net binnen",
        "sv": r"senaste (?:nytt|nyheter(?:na)?)",
        "pl": r"najnowsze|ostatnie wiadomo[sś]ci",
        "ko": r"최신 ?(?:기사|뉴스)",
        "zh": r"最新(?:新闻|文章|新聞|消息)",
    },
    Kind.RECOMMENDED: {
        "en": r"(?:you (?:may|might)|might) (?:also )?(?:like|be interested)"
        r"|recommended (?:for|reads?|stories|articles|posts)"
        r"|we recommend|editors?'?s?'? (?:picks?|choice)|don't miss|read (?:next|also)|up next",
        "ja": r"おすすめ|オススメ|お薦め|注目(?:の)?(?:記事|ニュース)|ピックアップ",
        "de": r"(?:auch|ebenfalls) interess(?:ant|ieren)|lesen sie auch|schon gelesen|empfehlung|empfohlen",
        "es": r"te (?:puede|podr[ií]a) interesar|recomendad[oa]s?|por si no lo (?:viste|le[ií]ste)",
        "fr": r"(?:vous|nous) (?:recommande|conseille)|à lire aussi|a lire aussi|vous aimerez",
        "pt": r"recomendad[oa]s?|voc[êe] (?:pode|tamb[ée]m)|leia tamb[ée]m",
        "it": r"consigliat[ie]|potrebbe(?:ro)? interessarti|leggi anche",
        "nl": r"aanbevolen|lees ook|ook interessant",
        "sv": r"rekommendera[dt]|l[äa]s ocks[åa]",
        "pl": r"polecane|polecamy|przeczytaj te[zż]",
        "ko": r"추천 ?(?:기사|뉴스)",
        "zh": r"推荐(?:阅读|文章)?|推薦",
    },
}

WHOLE: dict[Kind, dict[str, str]] = {
    Kind.POPULAR: {
        "en": r"popular|hot|top (?:videos|posts|10|ten|5|five)|what's hot|popular \w+",
        "ja": r"人気",
        "de": r"beliebt|top 10",
        "es": r"populares",
        "fr": r"populaires|tendances?",
        "pt": r"populares",
        "it": r"popolari",
        "nl": r"populair",
    },
    Kind.RELATED: {
        "en": r"related|more on this",
        "ja": r"関連",
        "de": r"zum thema|im artikel erwähnt|mehr dazu|passend dazu",
        "es": r"relacionad[oa]s?|lee(?:r)? tambi[ée]n|m[áa]s informaci[óo]n|lea tambi[ée]n",
        "pt": r"relacionad[oa]s?|veja tamb[ée]m|saiba mais",
        "it": r"correlati|vedi anche",
        "nl": r"gerelateerd|meer hierover",
    },
    Kind.LATEST: {
        "en": r"(?:the )?latest|recent|the feed|just in|newest|breaking news|new",
        "de": r"neu|neueste|aktuell|ticker",
        "es": r"[úu]ltim[oa]s|lo [úu]ltimo",
        "fr": r"en direct|en continu|le fil|fil info",
        "pt": r"[úu]ltimas",
        "it": r"ultime",
        "nl": r"laatste|nieuwste",
    },
    Kind.RECOMMENDED: {
        "en": r"(?:our )?picks|recommended|must[- ]reads?|top (?:stories|news)"
        r"|more (?:news|stories|articles|videos)"
        r"|more (?:from|in) .{2,40}|featured|trending topics|(?:in )?other news|read more|headlines",
        "ja": r"トップニュース|主要ニュース",
        "de": r"mehr (?:nachrichten|artikel|aus dem ressort)|weitere (?:artikel|nachrichten|meldungen)"
        r"|schlagzeilen"
        r"|aus dem ressort|top-?themen",
        "es": r"recomendamos|otras noticias|m[áa]s noticias|m[áa]s de .{2,40}|destacad[oa]s",
        "fr": r"la s[ée]lection.{0,20}|[àa] la une|du m[êe]me auteur|plus d'articles",
        "pt": r"principais do dia|destaques|mais not[ií]cias",
        "it": r"altre notizie|in evidenza|primo piano",
        "nl": r"meer nieuws|uitgelicht",
    },
}

# Words in the class or id of what encloses a list, for those above which no known word stands.
HINTS: dict[Kind, str] = {
    Kind.POPULAR: r"most-?(?:read|popular|viewed|shared|commented|clicked)|popular-?(?:posts?|articles?|stories|news|content)"
    r"|trending|meist-?(?:gelesen|geklickt)\w*|mas-?(?:leid|vist)[oa]s?|plus-?(?:lus?|lues|vus)|mais-?(?:lid|vist)[ao]s?"
    r"|piu-?(?:lett|vist)[ie]|(?:meest|best)-?gelezen|mest-?l[ae]s[te]\w*|luetuimmat|access-?ranking",
    Kind.RELATED: r"related(?:-?(?:articles?|stories|posts?|content|news|links?|list))?|relacionad[oa]s|correlat[ie]"
    r"|gerelateerd|relaterade?|verwandte\w*|see-?also|similaires",
    Kind.LATEST: r"latest(?:-?(?:news|articles|posts|stories))?|recent-?(?:posts|news|articles|stories)|news-?ticker"
    r"|ultimas(?:-?noticias)?|dernieres-?\w+|senaste\w*",
}
_HINTS = [(kind, re.compile(rf"(?<![a-z])(?:{words})(?![a-z])")) for kind, words in HINTS.items()]
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

_QUOTED_SCOPE = re.compile(r"^[\"“”„「『«]\s*(?P<scope>[^\"“”「」『』«»]+?)\s*[\"“”」』»]\s*(?P<rest>\S.*)$")
_TRAILING_SCOPE = re.compile(r"\s(?:in|em|en|dans|from)\s?:?\s+(?P<scope>\S.{0,50}?)\s*:?$", re.IGNORECASE)
_MORE = re.compile(  # a link to the whole list below it, not its heading
    r"(?:view|see|show|browse|load|all|alle|ver|vedi|voir|toutes?|tous|todas?|todos?|mehr anzeigen|bekijk)\b"
    r"|もっと"
)
_SCOPELESS = re.compile(r"(?:the )?(?:last|past|letzte|les derni|las [úu]ltim|as [úu]ltim|\d)", re.IGNORECASE)
_UNSPACED = frozenset(("ja", "zh", "ko"))  # a word may begin anywhere
BEFORE = r"(?<!\w)"
_COMPILED = [
    (
        kind,
        re.compile(
            rf"(?:{pattern})[\s:.…]*" if whole else f"{'' if language in _UNSPACED else BEFORE}(?:{pattern})"
        ),
        whole,
    )
    for table, whole in ((ANYWHERE, False), (WHOLE, True))
    for kind, words in table.items()
    for language, pattern in words.items()
]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading as printed, the kind of list that it announces, and the section it limits the list to."""

    title: str
    kind: Kind
    scope: str | None = None


def parse_heading(text: str) -> Heading | None:
    """The heading that a line of text is; None where it announces no list."""
    title = " ".join(text[: 2 * MAX_HEADING].split())
    if not 1 < len(title) <= MAX_HEADING:
        return None
    quoted = _QUOTED_SCOPE.match(title)
    words = normalise(quoted["rest"] if quoted else title)
    kind = None if _MORE.match(words) else _kind_of(words)
    if kind is None:
        return None
    return Heading(title, kind, quoted["scope"] if quoted else _trailing_scope(title))


@lru_cache(maxsize=4096)
def parse_hint(name: str) -> Kind | None:
    """The kind of list that a class or an id speaks of."""
    words = re.sub(r"[_\s]+", "-", _CAMEL.sub("-", name[:300])).lower()
    return next((kind for kind, pattern in _HINTS if pattern.search(words)), None)


def _trailing_scope(title: str) -> str | None:
    found = _TRAILING_SCOPE.search(title)
    return found["scope"] if found and not _SCOPELESS.match(found["scope"]) else None


@lru_cache(maxsize=4096)  # a page repeats its short texts; 80 pages ask 36,500 times for 9,000
def _kind_of(words: str) -> Kind | None:
    for kind, pattern, whole in _COMPILED:
        if pattern.fullmatch(words) if whole else pattern.search(words):
            return kind
    return None
