"""Text of the kinds that language models write, made from a seeded generator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from random import Random


def _listed(text: str) -> list[str]:
    return text.split()


NAMES = _listed("Jason Maria Chen Aisha Tomás Ingrid Ravi Yuki Olga Kwame Lucía Noah Emma Liam Zoë")
SURNAMES = _listed("Liu Garcia Müller Okafor Silva Larsen Patel Tanaka Ivanova Mensah Weber Rossi")
CITIES = _listed("Berlin Nairobi Osaka Lisbon Toronto Lima Oslo Pune Austin Ghent Kyoto Perth")
COMPANIES = _listed("Northwind Contoso Fabrikam Initech Umbrella Globex Hooli Vandelay Acme")
WORDS = _listed(
    "the a this that our its demand revenue growth margin customers market quarter report model "
    "analysis shows suggests indicates strong weak stable early late significant moderate because "
    "while although however therefore and or with without across among regions segments products "
    "services pricing supply chain inventory costs risk outlook forecast team engineering delivery "
    "quality data pipeline latency storage cloud security compliance review evidence baseline"
)
HANZI = (
    "上海北京城市数据模型分析报告用户产品服务增长市场需"
    "求供应风险质量团队工程交付延迟存储云安全合规审查证"
    "据"
)
KANA = (
    "のはをにがとでもからまでよりですますしたいるあるこ"
    "れそれどれなにだれいつどこ今日明日時間世界東京大阪"
)
CYRILLIC = _listed(
    "город данные модель анализ отчёт спрос рост рынок клиенты качество команда поставка запасы "
    "риск прогноз облако склад выручка квартал цена"
)
FRENCH = _listed("marché bénéfice qualité équipe données coûts délai été prévision réseau")
EMOJI = "😀🚀🎉🔥🌍💡📈🙂"
PUNCTUATION = "，。、；：！？"


def full_name(random: Random) -> str:
    """A first name and a surname."""
    return f"{random.choice(NAMES)} {random.choice(SURNAMES)}"


def ascii_name(random: Random) -> str:
    """A full name without a letter outside ASCII."""
    name = full_name(random)
    return name if name.isascii() else ascii_name(random)


def sentence(random: Random, words: int) -> str:
    """An English-looking sentence of that many words, one in eight with a quoted one."""
    picked = random.choices(WORDS, k=words)
    if random.random() < 0.125:
        picked[words // 2] = f'"{picked[words // 2]}"'
    if words > 10:
        picked[words // 3] += ","
    return " ".join(picked).capitalize() + "."


def paragraph(random: Random, sentences: int) -> str:
    """That many sentences of 8 to 18 words."""
    return " ".join(sentence(random, random.randint(8, 18)) for _ in range(sentences))


def chinese(random: Random, length: int) -> str:
    """About ``length`` Chinese characters, with punctuation and now and then an emoji."""
    parts = []
    for _ in range(length // 10):
        parts.append("".join(random.choices(HANZI, k=9)) + random.choice(PUNCTUATION))
        if random.random() < 0.2:
            parts.append(random.choice(EMOJI))
    return "".join(parts)


def japanese(random: Random, length: int) -> str:
    """That many characters of the kind that the twitter file is full of."""
    return "".join(random.choices(KANA, k=length))


def source_code(random: Random, size: int) -> str:
    """About ``size`` characters of a Python program: newlines, quotes, backslashes, tabs."""
    lines: list[str] = []
    written = 0
    while written < size:
        name, other = random.sample(WORDS, 2)
        lines += [
            f"def {name}_{len(lines)}({other}: str, *, limit: int = {random.randint(1, 999)}):",
            f'    """Return the {name} of ``{other}``."""',
            f'    pattern = re.compile(r"\\b{name}\\s+\\d{{2,{random.randint(3, 9)}}}\\n")',
            f'    rows = {other}.split("\\t")',
            f'    print(f"{name}: {{rows!r}}\\n", end="")',
            "\treturn [row for row in rows if pattern.match(row)][:limit]",
            "",
        ]
        written = sum(map(len, lines)) + len(lines)
    return "\n".join(lines)


def rounded(random: Random, spread: float, digits: int) -> float:
    """A number around zero with that many decimals."""
    return round(random.gauss(0, spread), digits)


def maybe(random: Random, value: Any) -> Any:
    """``value``, or null one time in ten."""
    return None if random.random() < 0.1 else value
