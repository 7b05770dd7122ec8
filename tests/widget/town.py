"""An invented paper in three languages: seven stories of a storm and a bridge in each, and drawn pictures."""

from __future__ import annotations

import html
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from recsys.domain import Article, Page

HOURS = (1, 3, 5, 9, 26, 50, 170)
"""Ages of the stories."""
PICTURED = (1, 2, 3, 4, 6, 7)
"""Stories with a picture; one has none, as in every paper."""


@dataclass(frozen=True)
class Edition:
    """A paper in one language; the first headline is that of the story being read."""

    language: str
    name: str
    direction: str
    headlines: tuple[str, ...]
    text: tuple[str, ...]

    def address(self, site: str, number: int) -> str:
        return f"{site}/{self.language}/{number}"

    def stories(self, site: str, now: datetime) -> Iterator[Page]:
        """All stories as they were published before `now`."""
        for number, (headline, hours) in enumerate(zip(self.headlines, HOURS, strict=True), 1):
            at = now - timedelta(hours=hours, minutes=10)
            picture = f"{site}/{self.language}/{number}.svg" if number in PICTURED else None
            body = " ".join([headline, *self.text])
            url = self.address(site, number)
            yield Page(Article("paper", url, at, headline, body, at, section=self.language, image=picture))

    def page(self, site: str, number: int, widget: str, *, head: str = "") -> str:
        """The page of a story, with the widget below its text."""
        headline = html.escape(self.headlines[number - 1])
        text = "".join(f"<p>{each}</p>" for each in self.text)
        return f"""<!doctype html>
<html lang="{self.language}" dir="{self.direction}">
<head><meta charset="utf-8"><title>{headline}</title>
<meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="/paper.css">
<link rel="canonical" href="{self.address(site, number)}">{head}</head>
<body><header>{self.name}</header>
<main><h1>{headline}</h1><article>{text}</article>{widget}</main>
<footer>{self.name}</footer></body></html>"""


EDITIONS = (
    Edition(
        "en",
        "The Farrow Point Herald",
        "ltr",
        (
            "Storm closes the harbour bridge for a third day",
            "Who pays for the bridge? Council and state trade letters",
            "Ferry to Orrinmouth runs again after two days of storm",
            "“We counted every boat”: the harbour master on the night of the storm that took the pier",
            "Lessons in the sailing club while the bridge is closed",
            "How the harbour bridge was built, and why it was never finished",
            "Cup final moves inland as the storm leaves the pitch flooded",
        ),
        (
            "The harbour bridge at Farrow Point stays closed after the storm. The council said that "
            "engineers would look at its piers when the wind falls; until then the ferry carries lorries.",
            "Residents of the northern shore met in the fish market on Thursday evening and asked for "
            "a second boat. A decision is expected before the weekend.",
        ),
    ),
    Edition(
        "ja",
        "潮見新聞",
        "ltr",
        (
            "台風で港大橋が三日連続の通行止め、再開は週末以降に",
            "港大橋の修理費は誰が払うのか　市と県の話し合い続く",
            "折浜行きフェリー、二日ぶりに運航を再開",
            "「一隻ずつ数えた」桟橋が流された台風の夜を港長が語る",
            "通行止めの間、ヨットクラブが教室に　児童四十人が通う",
            "港大橋はなぜ未完成のままなのか　建設の歴史をたどる",
            "決勝戦は内陸の球場へ　台風で潮見グラウンドが冠水",
        ),
        (
            "潮見市の港大橋は、台風の影響で通行止めが続いている。市は風が弱まりしだい橋脚を調べるとしており、"
            "それまではフェリーがトラックも児童も運ぶ。",
            "北岸の住民は木曜の夜、魚市場に集まり、船をもう一隻出すよう求めた。市は週末までに結論を出すという。",
        ),
    ),
    Edition(
        "ar",
        "صحيفة الميناء",
        "rtl",
        (
            "العاصفة تغلق جسر الميناء لليوم الثالث على التوالي",
            "من يدفع تكاليف إصلاح جسر الميناء؟ المجلس والولاية يتبادلان الرسائل",
            "عودة العبّارة إلى العمل بعد يومين من العاصفة",
            "«أحصينا كل القوارب»: مدير الميناء يروي ليلة العاصفة",
            "دروس في نادي الإبحار ما دام الجسر مغلقًا",
            "كيف بُني جسر الميناء، ولماذا لم يكتمل قط",
            "نقل المباراة النهائية بعد أن أغرقت العاصفة الملعب",
        ),
        (
            "لا يزال جسر الميناء مغلقًا بعد العاصفة. وقال المجلس إن المهندسين سيفحصون دعائمه عندما تهدأ "
            "الرياح، وحتى ذلك الحين تنقل العبّارة الشاحنات والتلاميذ على حد سواء.",
            "واجتمع سكان الضفة الشمالية مساء الخميس في سوق السمك وطالبوا بقارب ثانٍ، ومن المنتظر أن يصدر "
            "القرار قبل نهاية الأسبوع.",
        ),
    ),
)
ENGLISH, JAPANESE, ARABIC = EDITIONS

STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1b1b1a; --soft: #5c5a54 }
@media (prefers-color-scheme: dark) { :root { --paper: #16181c; --ink: #e9e6df; --soft: #a9a69d } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.6 "Liberation Sans", "DejaVu Sans", "Noto Sans CJK JP", sans-serif }
header, footer { max-width: 50rem; margin: auto; padding: 1rem; color: var(--soft); font-weight: 700 }
main { max-width: 50rem; margin: auto; padding: 0 1rem }
h1 { font: 700 1.9rem/1.25 "Liberation Serif", "Noto Serif CJK JP", serif; margin: .5rem 0 1rem;
  overflow-wrap: anywhere }
recsys-related { margin-block: 2rem }
.far { height: 3000px }
"""


def picture(name: str) -> str:
    """A drawn harbour, the same for the same name: sky, sun, hills and sea in few colours."""
    chance = random.Random(name)
    sky, sun, far, hill, sea = chance.choice(PALETTES)
    x, y, boat = chance.randint(0, 160), chance.randint(80, 92), chance.randint(30, 110)
    shapes = (
        (sky, "M0 0h160v120H0z"),
        (sun, f"M{chance.randint(10, 120)} {chance.randint(24, 52)}a15 15 0 1 0 30 0a15 15 0 1 0 -30 0"),
        (far, f"M-80 {y}L{x - 70} 40L{x} {y}z M{x - 30} {y}L{x + 40} 52L{x + 130} {y}z"),
        (hill, f"M0 {y}Q{x} {y - 36} 160 {y}z"),
        (sea, f"M0 {y}h160v60H0z"),
        ("#fff", f"M{boat} {y + 6}h24l-5 7h-14z M{boat + 11} {y + 4}v-24l12 22z"),
    )
    paths = "".join(f'<path fill="{colour}" d="{line}"/>' for colour, line in shapes)
    size = 'width="160" height="120" viewBox="0 0 160 120"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{paths}</svg>'


PALETTES = (
    ("#f6d9b0", "#e4572e", "#b98b73", "#7a5c58", "#2e4057"),
    ("#cfe3ea", "#f2c14e", "#8fb3bd", "#4f7c82", "#1d4e5f"),
    ("#f3c6a5", "#fff2d8", "#c97b63", "#8a4f51", "#3c3a5a"),
    ("#d8dee6", "#f7f4ea", "#9aa8b5", "#5d7183", "#34495e"),
    ("#e8d5e3", "#f08a5d", "#a98bb0", "#6a5480", "#2f2d52"),
)
