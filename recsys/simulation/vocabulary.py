"""The vocabularies of simulated newsrooms, by language: all text is generated from these tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topic:
    """What a section writes about. `issues` make headlines, `words` make bodies."""

    section: str
    issues: tuple[str, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names, words and templates of a language. Templates are filled with the words of a thread.

    `calm` and `strong` are verb phrases for headlines: strong ones attract readers, calm ones do not.
    Places, family names and coined words are each composed of a beginning and an ending.
    """

    places: tuple[tuple[str, ...], tuple[str, ...]]
    families: tuple[tuple[str, ...], tuple[str, ...]]
    coined: tuple[tuple[str, ...], tuple[str, ...]]
    topics: tuple[Topic, ...]
    calm: tuple[str, ...]
    strong: tuple[str, ...]
    headlines: tuple[str, ...]
    sentences: tuple[str, ...]
    space: str
    """Between sentences."""


ENGLISH = Vocabulary(
    places=(
        tuple(
            "Brack Esk Farrow Hollin Marl Orrin Pell Quarn Stave Thrum Ulver Wend Yarl Drum Corr Anse".split()
        ),
        tuple("water vale point stead mouth wick combe garth thorpe minster".split()),
    ),
    families=(
        tuple("Ans Bel Cor Del Fen Gar Hes Ild Kest Lor Mor Nev Osk Pral Rud Sel Tav Vor".split()),
        tuple("low vin moor gate ridge by nard sley ton wether".split()),
    ),
    coined=(
        tuple("Al Bri Cor Dun El Fi Gra Hal Is Ko Lu Mer Nor Ota Pri Sol Tri Ves".split()),
        tuple("dane lex mark nova quist rane sant tine vell wyn".split()),
    ),
    topics=(
        Topic(
            "Politics",
            tuple(
                "budget vote|coalition deal|election date|tax bill|ministry reform|recall motion".split("|")
            ),
            tuple("assembly minister coalition ballot opposition cabinet amendment deputy campaign".split()),
        ),
        Topic(
            "Business",
            tuple("factory sale|pay talks|share offer|merger plan|rate decision|loan scandal".split("|")),
            tuple(
                "shares profit investors lender quarter revenue supplier turnover merger creditors".split()
            ),
        ),
        Topic(
            "Science",
            tuple("reef survey|vaccine trial|comet sighting|seed bank|glacier study|gene test".split("|")),
            tuple("researchers laboratory sample journal experiment telescope species hypothesis".split()),
        ),
        Topic(
            "Sport",
            tuple(
                "cup final|relegation fight|coach's future|marathon record|transfer row|doping case".split(
                    "|"
                )
            ),
            tuple(
                "goalkeeper season league penalty stadium striker trophy referee injury supporters".split()
            ),
        ),
        Topic(
            "Culture",
            tuple("film festival|museum theft|opera premiere|book ban|gallery move|concert tour".split("|")),
            tuple(
                "audience director orchestra novel exhibition premiere painter critics stage archive".split()
            ),
        ),
        Topic(
            "Courts",
            tuple(
                "fraud trial|murder appeal|bail hearing|jury verdict|extradition case|prison break".split("|")
            ),
            tuple(
                "judge defendant prosecutor sentence witness evidence appeal testimony custody lawyer".split()
            ),
        ),
        Topic(
            "Weather",
            tuple("flood alert|storm damage|heat record|drought order|snow chaos|landslide risk".split("|")),
            tuple("rainfall forecasters evacuation river gusts shelter warning embankment drought".split()),
        ),
        Topic(
            "Transport",
            tuple(
                "bridge closure|rail strike|ferry route|airport delay|tram extension|port dispute".split("|")
            ),
            tuple("passengers operator timetable carriage terminal drivers tunnel junction freight".split()),
        ),
    ),
    calm=tuple("reviews|discusses|prepares for|outlines|comments on|returns to|explains".split("|")),
    strong=tuple(
        "shocked by|storms out over|rescued in|betrayed over|arrested over|in fury at|wins".split("|")
    ),
    headlines=(
        "{place}: {name} {verb} {issue}",
        "{name} {verb} {issue} in {place}",
        "{place} {issue}: {name} {verb} {coined} plan",
    ),
    sentences=(
        "The {word} in {place} was sure that {name} had seen the {word} before the {word} arrived.",
        "{name} said the {issue} would change the {word} and the {word} near {place}.",
        "One {word} close to {coined} described the {word} as the largest since the {issue} began.",
        "Residents of {place} asked who would pay for the {word} after the {word}.",
        "{coined} declined to comment on the {word}, while its {word} pointed to the {word}.",
        "On the {word} itself little is known, but the {issue} has divided {place} for weeks.",
        "More than one {word} expects the {word} to return to the question next month.",
    ),
    space=" ",
)

JAPANESE = Vocabulary(
    places=(
        tuple("潮見 霧丘 碧浜 鳴瀬 遠野原 白砂 鷺沼田 朝凪 夕霞 深瀬".split()),
        tuple("市 町 台 ヶ浜 岬 新港".split()),
    ),
    families=(
        tuple("麻倉 霧島田 鳥海 五百瀬 綾野 凪原 雪代 柊木 瀬名 蒼井".split()),
        tuple("知事 市長 社長 監督 教授 弁護士".split()),
    ),
    coined=(
        tuple("アル ブリ コル デュン エル フィ グラ ハル イス ルメ".split()),
        tuple("ダイン レックス マーク ノヴァ ラン サント ティン ヴェル".split()),
    ),
    topics=(
        Topic(
            "政治",
            tuple("予算案 連立協議 選挙日程 増税法案 省庁改革".split()),
            tuple("議会 閣僚 野党 投票 修正案 幹事長 公約 委員会".split()),
        ),
        Topic(
            "経済",
            tuple("工場売却 賃上げ交渉 合併計画 利上げ 不正融資".split()),
            tuple("株価 利益 投資家 銀行 四半期 売上高 取引先 債権者".split()),
        ),
        Topic(
            "科学",
            tuple("海底調査 治験 彗星観測 氷河研究 遺伝子検査".split()),
            tuple("研究者 実験室 標本 論文 望遠鏡 新種 仮説 観測".split()),
        ),
        Topic(
            "スポーツ",
            tuple("決勝戦 残留争い 監督人事 世界記録 移籍問題".split()),
            tuple("守護神 開幕 得点 競技場 優勝 審判 負傷 応援団".split()),
        ),
        Topic(
            "社会",
            tuple("詐欺裁判 控訴審 保釈請求 判決 脱走事件".split()),
            tuple("裁判長 被告 検察 証言 証拠 弁護団 拘置所 量刑".split()),
        ),
        Topic(
            "天気",
            tuple("洪水警報 台風被害 猛暑記録 大雪 土砂災害".split()),
            tuple("雨量 予報官 避難 河川 突風 堤防 警戒 救助".split()),
        ),
    ),
    calm=tuple("を検討 を説明 に言及 を準備 を協議".split()),
    strong=tuple("で逮捕 に激怒 で救出 に衝撃 を制す".split()),
    headlines=(
        "{place}の{issue}、{name}{verb}",
        "{name}、{issue}{verb} {place}",
        "{coined}と{issue} {name}{verb}",
    ),
    sentences=(
        "{place}の{word}によると、{name}は{word}の前に{word}を確認していた。",
        "{name}は{issue}が{place}の{word}を変えると述べた。",
        "{coined}に近い{word}は、{issue}の開始以来で最大の{word}だと話した。",
        "{place}の住民からは{word}の費用を誰が負担するのかとの声が上がった。",
        "{coined}は{word}についての取材に応じず、{word}を理由に挙げた。",
        "{word}の詳細は不明だが、{issue}は{place}を二分している。",
    ),
    space="",
)

VOCABULARIES: Mapping[str, Vocabulary] = {"en": ENGLISH, "ja": JAPANESE}
