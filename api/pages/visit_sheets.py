"""A visit sheet as one file that is read without a network: no script, no address, one style in the page.

Every text is escaped where it is put in, and the policy, which travels with the file, would stop what slipped
through. It reads at 320 CSS pixels, in print without its colours, and by ear in the order of the words.
"""

import base64
import hashlib
from html import escape
from typing import Final

from services.visits import PartText
from services.visits.wording import LineText, Ring, WarningText

STYLE: Final = """
:root{color-scheme:light}
body{margin:0 auto;max-width:46rem;padding:1rem;color:#000;background:#fff}
body{font:1.125rem/1.5 "Noto Sans",Arial,sans-serif}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 .75rem}
h2{font-size:1.375rem;line-height:1.25;margin:2rem 0 .5rem}
h3{font-size:1.25rem;line-height:1.3;margin:0 0 .5rem}
h4{font-size:1.125rem;line-height:1.35;margin:0 0 .5rem}
p,ul,dl{margin:.5rem 0}
h3,strong,dd,li{overflow-wrap:anywhere}
dl{display:grid;gap:.5rem;margin:0}
dl div{display:block}
dt{display:inline}
dt::after{content:":"}
dd{display:inline;margin:0 0 0 .25rem;font-weight:bold}
.main{margin-bottom:1rem}
.main dd{display:block;margin:0;font-size:1.375rem;line-height:1.3}
a{color:#00329a;text-underline-offset:.15em}
li{margin:.25rem 0}
a:focus-visible{outline:3px solid #000;outline-offset:2px;background:#ffdd00;color:#000}
.box{border:3px solid #000;padding:.25rem 1rem .75rem;margin:1.25rem 0}
.box h2{margin-top:.75rem}
.visit{border-top:2px solid #000;padding-top:1rem;margin-top:1.5rem}
.outcome{border:2px solid #000;padding:.375rem .625rem;font-weight:bold}
.refine,.unavailable{border-width:4px}
.warnings,.contact-before-visit{background:#6b0000;color:#fff;border-color:#6b0000}
.warning{border-left:5px solid #6b0000;padding-left:.75rem;margin:1.25rem 0}
table{border-collapse:collapse;width:100%}
th,td{border:1px solid #000;padding:.375rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}
@media print{
body{max-width:none;padding:0;font-size:11pt}
a{color:#000;text-decoration:none}
.outcome{background:none;color:#000;border:3px solid #000}
.warning,.box,tr{break-inside:avoid}
h2,h3,h4,.outcome{break-after:avoid}
article+article{break-before:page}
}
"""
_STYLE_SOURCE: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
_WITHIN: Final = f"default-src 'none'; style-src 'sha256-{_STYLE_SOURCE}'; base-uri 'none'; form-action 'none'"
POLICY: Final = f"{_WITHIN}; frame-ancestors 'none'"
"""The policy of the answer; the file carries it too, but for the part that only an answer can say."""


def visit_sheet_page(parts: tuple[PartText, ...]) -> str:
    """Write the sheet as one HTML file."""
    first = parts[0]
    title = f"{first.title}. {first.holds.label}: {first.holds.value}"
    articles = "\n".join(_part(part, is_one_of_two=len(parts) > 1) for part in parts)
    return f"""<!DOCTYPE html>
<html lang="{first.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{escape(_WITHIN)}">
<meta name="robots" content="noindex">
<title>{escape(title)}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
{articles}
</main>
</body>
</html>
"""


def _part(said: PartText, *, is_one_of_two: bool) -> str:
    other = "en" if said.language == "cy" else "cy"
    link = f'<p><a href="#{other}" lang="{other}" hreflang="{other}">{escape(said.read_other)}</a></p>\n'
    first_lines = "".join(f'<li><a href="#{escape(to.anchor)}">{escape(to.text)}</a></li>' for to in said.first_lines)
    facts = "".join(_fact(fact.label, escape(fact.value)) for fact in said.facts)
    rows = "".join(f"<tr><td>{escape(name)}</td><td>{escape(fed)}</td></tr>" for name, fed in said.registers)
    return f"""<article lang="{said.language}" id="{said.language}" tabindex="-1">
{link if is_one_of_two else ""}<h1>{escape(said.title)}</h1>
<dl class="main">{_fact(said.holds.label, escape(said.holds.value))}{_fact(said.ring_label, _number(said.ring))}</dl>
<dl>{facts}</dl>
<section class="box"><h2>{escape(said.expired_title)}</h2>{_paragraphs(said.expired)}</section>
<section><h2>{escape(said.first_title)}</h2>
<p>{escape(said.first)}</p>{f"<ul>{first_lines}</ul>" if first_lines else ""}
<p>{escape(said.not_safety)}</p></section>
<section><h2>{escape(said.visits_title)}</h2>
{"".join(map(_line, said.lines))}</section>
<section><h2>{escape(said.registers_title)}</h2>
<table><thead><tr>{"".join(f'<th scope="col">{escape(head)}</th>' for head in said.registers_head)}</tr></thead>
<tbody>{rows}</tbody></table></section>
</article>"""


def _line(line: LineText) -> str:
    ring = "".join(_fact(line.ring_label, _number(each)) for each in line.ring)
    slips = f"<p>{escape(line.slip_label)}</p>{_list(line.slips)}" if line.slips else ""
    return f"""<section class="visit" id="{escape(line.anchor)}" tabindex="-1"><h3>{escape(line.title)}</h3>
<p class="outcome {escape(line.kind)}">{escape(line.outcome)}</p>
{_paragraphs(line.what_to_do)}{f"<dl>{ring}</dl>" if ring else ""}{slips}
{"".join(map(_warning, line.warnings))}</section>
"""


def _warning(each: WarningText) -> str:
    controls = f"<p>{escape(each.controls_label)}:</p>{_list(each.controls)}" if each.controls else ""
    sentence = f'<strong lang="{each.sentence_language}">{escape(each.sentence)}</strong>'
    said = f"<p>{escape(each.sentence_label)}: {sentence}</p>" if each.sentence else ""
    notes = "".join(f"<p><strong>{escape(note)}</strong></p>" for note in each.notes)
    facts = "".join(_fact(fact.label, escape(fact.value)) for fact in each.facts)
    return f"""<section class="warning"><h4>{escape(each.title)} ({escape(each.about)})</h4>
{controls}{said}{notes}<dl>{_fact(each.ring_label, _number(each.ring))}{facts}</dl></section>"""


def _fact(label: str, value: str) -> str:
    """Put a value that is already escaped beside its label."""
    return f"<div><dt>{escape(label)}</dt><dd>{value}</dd></div>"


def _number(ring: Ring) -> str:
    """Give a number that a telephone can dial from the page, and whose it is."""
    dialled = "".join(char for char in ring.number if char in "+0123456789")
    return f'<a href="tel:{dialled}">{escape(ring.number)}</a> ({escape(ring.name)})'


def _list(texts: tuple[str, ...]) -> str:
    return f"<ul>{''.join(f'<li><strong>{escape(text)}</strong></li>' for text in texts)}</ul>"


def _paragraphs(texts: tuple[str, ...]) -> str:
    return "".join(f"<p>{escape(text)}</p>" for text in texts)
