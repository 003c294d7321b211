"""Model cards as people write them, from a seed: dialects, tables, HTML, comments, badges, many scripts, huge indexes.

A card of scale 2 has each of its repeated parts twice as often as the same card of scale 1.
"""

from __future__ import annotations

from random import Random

from mlops_gitops.core.frozen import frozen

WORDS = """
    model dataset tokens accuracy fine-tuned weights encoder layers language images speech training evaluation users
    模型 数据集 训练 图像 評価 日本語 모델 평가 модель данных النموذج البيانات 🤗 🚀 café naïve α=0.05 F₁ ≥90% e.g. v1.5
""".split()  # noqa: SIM905 - a list of words reads best as words
LINKS = (
    "https://example.org/paper", "arxiv.org/abs/2307.09288", "./LICENSE", "plots/roc.png", "图.png", "%E5%9B%BE.png",
    "#uses", "/example/model/resolve/main/a.png", "../../mlops.yaml", "alice@example.org", "", "docs/a b.md",
    "kpis.yaml", "mailto:a@example.org", "//cdn.example.org/x.js", "www.example.org", "a_(b).md", "x.md?raw=1#L3",
)  # fmt: skip
TEMPLATE = (
    "<!-- Provide a quick summary of what the model is/does. -->",
    "<!-- Address questions around how the model is intended to be used. -->",
    "<!-- This section is meant to convey both technical and sociotechnical limitations. -->",
    "[More Information Needed]", "TODO", "{{ model_summary }}", "N/A", "- **Developed by:** [More Information Needed]",
    "<!-- a note\nover two lines -->", "<!-- TODO: TBD -->", "<!-- <img src='old.png'> [old](old.md) -->",
)  # fmt: skip
TASKS = ("text-generation", "'To be written: x'")
TITLES = (
    "Uses", "Direct Use", "Bias, Risks, and Limitations", "Training Data", "训练数据", "Évaluation",
    "Citation [optional]", "🤗 Usage", "License", "**Results**", "Limitations", "", "Model `v2`",
    "How to use <a name='use'></a>",
)  # fmt: skip
LICENCES = (
    "mit",
    "apache-2.0",
    "Apache 2.0",
    "other",
    "cc-by-4.0",
    "unknown-one",
    "[mit, apache-2.0]",
    "",
    "'MIT'",
    "llama3",
)


@frozen
class GeneratedCard:
    """A card's bytes, and those of its text below the front matter."""

    raw: bytes
    body: bytes
    dialect: str


def generated_card(seed: int, scale: int = 1) -> GeneratedCard:
    """The card of a seed."""
    draw = Random(seed)
    dialect = draw.choice(
        ("hub", "hub", "hub", "ours", "ours", "prose", "pytorch", "template", "empty", "line", "broken")
    )
    head = _front_matter(draw, dialect, scale)
    if head and dialect != "line":
        head = draw.choice(("", "", "", "\n", "\n\n", " \n\t\n")) + head
    body = _body(Random(f"text {seed}"), scale)
    body = body if head or not body.lstrip().startswith("---") else f"Text\n\n{body}"
    ends = Random(f"ends {seed}")
    end, bom = ends.choice(("\n", "\n", "\n", "\r\n", "\r", "mixed")), ends.choice(("", "", "", "\ufeff"))
    head, body = _with_ends(ends, head, end), _with_ends(ends, body, end)
    if dialect == "line":
        head, body = "", head + body
    return GeneratedCard((bom + head + body).encode(), body.encode(), dialect)


def _with_ends(draw: Random, text: str, end: str) -> str:
    if end != "mixed":
        return text.replace("\n", end)
    return "".join(line + draw.choice(("\n", "\r\n", "\r")) for line in text.split("\n")[:-1]) + text.split("\n")[-1]


# ── the front matter ──


def _front_matter(draw: Random, dialect: str, scale: int) -> str:
    if dialect == "prose":
        return ""
    if dialect == "line":
        return "\n---\n\nA line across the page.\n\n---\n"
    lines = {
        "pytorch": ["layout: hub_detail", "background-class: hub-background", "title: ResNet", "summary: A network"],
        "template": ["{{ card_data }}"],
        "empty": draw.choice(([], ["# nothing yet"], [""])),
        "broken": [draw.choice(("license: [mit", "a: 1\na: 2", "\tx: 1", "license: mit: x", "x: *y", '"'))],
    }.get(dialect)
    lines = _hub_keys(draw, scale) if lines is None else lines
    if dialect == "ours":
        lines += _ours(draw)
    return "\n".join(["---", *lines, "---"]) + "\n"


def _hub_keys(draw: Random, scale: int) -> list[str]:
    keys = {
        "license": [f"license: {draw.choice(LICENCES)}"],
        "language": [
            draw.choice(("language: en", "language: [en, zh, jp]", "language:\n- English\n- no", "language: no"))
        ],
        "tags": ["tags:", *(f"- {draw.choice(WORDS)!r}" for _ in range(draw.randrange(5)))],
        "library_name": [f"library_name: {draw.choice(('transformers', 'pytorch', 'ml-agents', '1.10'))}"],
        "pipeline_tag": [f"pipeline_tag: {draw.choice(('text-generation', 'tabular', 'Text Generation'))}"],
        "datasets": [draw.choice(("datasets: [squad, glue]", "datasets:\n- squad  # the first\n", "datasets: squad"))],
        "base_model": [f"base_model: {draw.choice(('a/b', 'not a hub id!', '[a/b, c/d]'))}"],
        "widget": ["widget:", '- text: "It is: a # text"', "  example_title: |", "    多 lines", "    # no comment"],
        "co2": ["co2_eq_emissions:", f"  emissions: {draw.choice(('12.3', '1e5', 'low', '010'))}"],
        "model-index": _model_index(draw, scale),
    }
    names = draw.sample(sorted(keys), draw.randrange(1, len(keys) + 1))
    comments = [draw.choice(("# ours", "", "# mlops-gitops: ignore[card-links] because of it")) for _ in names]
    return [
        line
        for name, comment in zip(names, comments, strict=True)
        for line in ([comment] if comment else []) + keys[name]
    ]


def _model_index(draw: Random, scale: int) -> list[str]:
    lines = list[str]()
    for n in range(draw.choice((0, 1, 3, 40, 150))):
        value = draw.choice(("0.91", "91.2", "91.2%", "'0.5'", "[1, 2]", "n/a", "1e-3", "-0.0"))
        lines += [f"  - task: {{type: {draw.choice(TASKS)}}}",
                  *([] if draw.random() < 0.1 else [f"    dataset: {{type: d{n}, name: 数{n}}}"]),
                  "    metrics:", f"    - type: {draw.choice(('accuracy', 'f1', 'bleu', 'roc_auc'))}",
                  f"      value: {value}"]  # fmt: skip
    return ["model-index:", "- name: m", "  results:", *lines * scale] if lines else ["model-index: []"]


def _ours(draw: Random) -> list[str]:
    path = draw.choice(("models/churn/model.skops", "model.pkl", "' '", "net, format: unknown", "'To be written: x'"))
    return ["mlops:", f"  artifacts: [{{path: {path}}}]",
            "  owners: [{name: Alice, contact: alice@example.org, role: data-science}]",
            f"  risk: {{class: {draw.choice(('limited', 'high'))}, rationale: Ranks accounts.}}",
            f"  intended_use: {draw.choice(('Choosing whom to call.', 'N/A', 'TODO'))}",
            "  out_of_scope: Pricing.", "  limitations: One country."]  # fmt: skip


# ── the text ──


def _body(draw: Random, scale: int) -> str:
    parts = [draw.choice(_PARTS)(draw) for _ in range(draw.choice((0, 1, 3, 8, 20)))]
    text = "\n\n".join(parts * scale)
    return draw.choice(("", "\n", "\n# A model\n\n")) + text + draw.choice(("", "\n", "\n\n"))


def _sentence(draw: Random) -> str:
    return " ".join(draw.choice(WORDS) for _ in range(draw.randrange(1, 25)))


def _linked(draw: Random) -> str:
    target = draw.choice(LINKS)
    words = _sentence(draw)
    return draw.choice((
        f"{words} [{words}]({target})", f"![{words}](<{target}> 'title')", f"<a href=\"{target}\">{words}</a>",
        f"<img\n  alt='x'\n  src='{target}'>", f"[![badge](https://img.shields.io/{target})]({target})",
        f"[{words}][ref]\n\n[ref]: {target or 'x'}", f"`[code]({target})` and [{words}]({target})", f"<{target}>",
    ))  # fmt: skip


def _section(draw: Random) -> str:
    title = draw.choice(TITLES)
    heading = draw.choice((f"{'#' * draw.randrange(1, 7)} {title}", f"{title or 'x'}\n====", f"## {title} ##"))
    return "\n\n".join([heading, *(draw.choice(_TEXTS)(draw) for _ in range(draw.randrange(3)))])


def _table(draw: Random) -> str:
    cells = ("0.9", "[x](gone.md)", "![y](图.png)", "a\\|b", "<br>")
    rows = [f"| {draw.choice(WORDS)} | {draw.choice(cells)} |" for _ in range(draw.choice((1, 5, 60)))]
    return "\n".join(["| metric | value |", "|:---|---:|", *rows])


def _html(draw: Random) -> str:
    return draw.choice((
        "<div align='center'>\n  <img src=\"logo.png\" width=300>\n</div>",
        "<details>\n<summary>More</summary>\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n</details>",
        "<!-- header start -->\n<h1>A model</h1>\n<!-- header end -->", "<video src=demo.mp4 controls></video>",
        "<div>\n<!--\n\n<img src='old.png'>\n\n-->\n</div>", "<p>\n\n**bold**\n", "<br/>\n<hr>",
        "<script>x < y</script>", "<a href=''>x</a>", "a < b and c > d", "<!-- never closed",
    ))  # fmt: skip


def _code(draw: Random) -> str:
    return draw.choice((
        "```python\nfrom x import y  # TODO\n[a](b.md)\n```", "    indented ![x](y.png)", "~~~\n---\n~~~",
        "```\nnever closed", "$$\nx_{i} = [a](b)\n$$", "```mermaid\ngraph TD; A-->B\n```",
    ))  # fmt: skip


def _list(draw: Random) -> str:
    return "\n".join(
        f"{'  ' * draw.randrange(3)}{draw.choice(('-', '*', '1.', '> -'))} {_linked(draw)}" for _ in range(6)
    )


def _odd(draw: Random) -> str:
    return draw.choice((
        "---", "***", "a\u2028b\x85c\x0bd", "\u202eright to left", "\x1b[31mred", "::error::x", "@everyone #1",
        "***bold** and [*x*]", "[" * 30, "footnote[^1]\n\n[^1]: text", "x" * 3000, "\u00a0", "mlops: {}",
        "&#x41; &amp; \\[x\\]",
        "<!-- mlops-gitops: ignore[card-links] because it is old -->\n[x](old.md)", "\t\tcode", "  \n  \n",
    ))  # fmt: skip


def _of_the_template(draw: Random) -> str:
    return draw.choice(TEMPLATE)


_TEXTS = (_sentence, _linked, _table, _html, _code, _list, _odd, _of_the_template)
_PARTS = (_section, _section, _section, *_TEXTS)
