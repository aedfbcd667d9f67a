"""Secrets by the name that stands before them: ``DB_PASSWORD=…``, ``--client-secret …``, ``{'sig': …}``."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from tasks.domain.common.secret_shapes import STARS

# Whatever has such a name is a secret, in prose too.
_STRONG: Final = (
    r"passw(?:or)?ds?|passwort|pass[-_ ]?(?:phrase|code)|pwd"
    r"|secrets?(?:[-_]?access)?(?:[-_]?keys?)?|connection[-_ ]?str(?:ing)?"
    r"|(?:api|access|account|admin|auth|client|cosmos|database|db|encryption|functions?|host|instrumentation|master"
    r"|primary|priv(?:ate)?|secondary|service|shared(?:[-_]?access)?|signing|ssh|storage|subscription)[-_ ]?keys?"
    r"|shared[-_]?access[-_]?signature|sas[-_]?(?:key|ur[il]|url)"
    r"|(?:access|auth|bearer|client|identity|id|refresh|sas|session|security|personal[-_]?access)[-_]?token"
    r"|(?-i:(?<=[A-Z0-9]_)(?:KEY|PASS|PAT|PW|SAS|DSN|CREDENTIALS?))"
)
# These are also ordinary words: prose and small numbers after them stay.
_WEAK: Final = r"(?<![A-Za-z])pass|(?-i:Pass(?=[\W_]))|tokens?|credentials?|authorization"
_SIGNATURE: Final = r"(?:(?<![A-Za-z0-9_])|(?<=u0026)|(?<=%26)|(?<=%3F)|(?<=%3f))sig"
_SUFFIX: Final = r"(?:_?(?:\d{1,3}|PROD|DEV|TEST|STAGING|BASE|OLD|NEW|VALUE|B64|BASE64))?"
_NAME: Final = rf"(?:(?P<strong>{_STRONG})|(?P<weak>{_WEAK})|(?P<sig>{_SIGNATURE})){_SUFFIX}"
_QUOTE: Final = r"(?:\\{0,31}[\"'`]|%(?:25)*22|&quot;|&#34;|\\{1,31}u0022)"
_EQUALS: Final = r"(?:===?|:=|=>|=|%(?:25)*3[dD]|\\{1,31}u003[dD])"
_COLON: Final = r"(?::(?!/|:)|%(?:25)*3[aA])"
_SCHEME: Final = r"(?:(?:Basic|Bearer|Digest|Negotiate|SharedKey(?:Lite)?|Token|ApiKey)(?:[ +]|%20)+)?"
_LABEL: Final = re.compile(
    rf"(?i){_NAME}(?:"
    rf"(?P<named>{_QUOTE})?\]?[ \t]*(?:(?P<equals>{_EQUALS})|(?P<colon>{_COLON}(?:[ ]*(?:str|SecretStr)[ ]*=)?))"
    rf"|(?P<option>[ \t]+)|(?P<pair>{_QUOTE})[ \t]*,)(?:[ \t]|%20|\+(?=%))*[\[(]?(?:[bru]{{1,2}}(?=[\"']))?{_SCHEME}"
)
_OPTION: Final = re.compile(r"(?:^|[\s\"'])--?[\w-]*\Z")
_PAIR: Final = re.compile(r"\(\\{0,31}[\"'][\w.-]*\Z")
_OPENING: Final = re.compile(_QUOTE)
_PERCENT: Final = re.compile(r"%(?:25)*(?=3)")
_TAIL: Final = re.compile(r"[)\]}>.,;:!?]+\Z")
_CONSTANT: Final = re.compile(
    r"(?i)(?:none|null|nil|true|false|undefined|nan|str|string|any|bytes|redacted|masked|hidden|\W*\*{3,}\W*|\.{3}|…"
    r"|<[\w .:/-]+>?|\$?\{+[\w.:-]*\}*|\$\(?[A-Za-z_]\w*\)?|%s|%r|%\(\w+\)s)"
)
_EXPRESSION: Final = re.compile(
    r"(?:(?:self|cls|os|env|environ|config|cfg|conf|settings|args|kwargs|params|options|request|credentials?|getpass)\b"
    r"[.\[(].*|(?:[A-Za-z_]\w*\.)*(?:password|passwd|pwd|token|secret|api_key|key|credentials?|os\.environ|getenv)"
    r"(?:[\[(].*)?)"
)
_NUMBER: Final = re.compile(r"-?\d{1,6}(?:\.\d*)?%?|\d+\.\d+(?:e-?\d+)?")
_DIGITS: Final = re.compile(r"-?\d[\d.eE+-]*")
_PROSE: Final = frozenset(
    {"or", "and", "is", "was", "are", "to", "with", "from", "in", "must", "for", "option", "instead"}
)
_WORD: Final = re.compile(r"[A-Za-z]?[a-z'-]{0,19}|[A-Z]{1,12}")
# Names in machine learning that end in "token".
_VOCABULARY: Final = re.compile(
    r"(?i)(?:pad|eos|bos|unk|sep|cls|mask|special|additional|max|min|num|n|new|next|prompt|completion|total|input|output"
    r"|image|audio|start|stop|end|eot|per|cached|first|last|unexpected|invalid)[-_ ]\Z"
)
_DELIMITER: Final = re.compile(r"[\s,;:)\]}>&|.]|\\|$")
_IN_LIST: Final = re.compile(rf"[ \t]*,[ \t]*(?:[bru]{{1,2}}(?=[\"']))?(?={_QUOTE})")
_ENDING: Final = re.compile(_NAME + r"\Z", re.IGNORECASE)
# What listKeys and listCredentials return: the name is a value, too.
_LISTED: Final = re.compile(
    r"(?i)((?:keyName|(?<=[\"'])name)\\{0,31}[\"']\s*:\s*\\{0,31}[\"'])(?P<name>[^\"'\\\n]{0,100})"
    r"(\\{0,31}[\"']\s*,\s*\\{0,31}[\"']value\\{0,31}[\"']\s*:\s*\\{0,31}[\"'])(?P<value>[^\"'\\]+)"
)
_VALUE_NAME: Final = re.compile(r"[Vv]alue\\{0,31}[\"']\s*:")
_HINT: Final = re.compile(r"pass|pwd|secret|key|token|credential|authorization|sig|connection|_(?:pat|pw|sas|dsn)|sas")
_VALUE: Final = re.compile(
    r"(\bvalue\\{0,31}[\"']\s*:\s*\\{0,31}[\"'])(?=[^\"'\\\s]*\d)(?=[^\"'\\\s]*[A-Z])(?=[^\"'\\\s]*[a-z])[A-Za-z0-9+/_.~-]{24,}={0,2}"
)


@lru_cache(maxsize=8)
def _run(percent: str) -> re.Pattern[str]:
    """Return the pattern of a value without quotes.

    Args:
        percent: What stands before the two digits of an encoded character here, such as ``%25`` where a text was
            encoded twice; empty in a text that was not encoded, where an encoded ``&`` is part of the value.
    """
    name = r"[A-Za-z_][\w.-]{0,40}"
    ends = rf"|{percent}(?:26|3[bB])(?={name}{percent}3[dD]|[\s\"']|$)" if percent else ""
    return re.compile(
        r"(?:(?![;&,|](?:\s|$|[A-Za-z_][\w.-]{0,30}[=:])|\\{0,31}[\"'](?:[\s,;:)\]}]|$)"
        rf"{ends}"
        r"|&quot;"
        r"|\\{1,31}u0026|\\[nrt](?![A-Za-z0-9]{2}))\S)+"
    )


def is_secret_name(name: str) -> bool:
    """Return whether a value of this name is a secret, as in tags and settings."""
    found = _ENDING.search(name)
    return found is not None and not _is_vocabulary(name, found)


def redact_listed(text: str) -> str:
    """Replace the values in lists of keys and credentials, which may be on a line of their own."""
    if not _VALUE_NAME.search(text):
        return text
    return _VALUE.sub(rf"\1{STARS}", _LISTED.sub(_without_listed, text))


def redact_named(text: str) -> str:
    """Replace the values of names that stand for secrets, in one line."""
    if not _HINT.search(text.lower()):
        return text
    parts, at = list[str](), 0
    label = _LABEL.search(text)
    while label:
        begin, end, stars = _value(text, label)
        if end > begin:
            parts += [text[at:begin], stars]
            at = end
        label = _LABEL.search(text, max(end, label.end(), label.start() + 1) if end > begin else _next(label))
    return "".join([*parts, text[at:]]) if parts else text


def _next(label: re.Match[str]) -> int:
    """Return where to search on after a label without a secret: its value may be a label itself."""
    name = label.end("strong") if label["strong"] else max(label.end("weak"), label.end("sig"))
    return max(name, label.start() + 1)


def _value(text: str, label: re.Match[str]) -> tuple[int, int, str]:
    """Return where the value of a label begins and ends, with its replacement; an empty span otherwise."""
    begin = label.end()
    if not _is_label(text, label):
        return begin, begin, ""
    opening = _OPENING.match(text, begin)
    # In a query a quote is part of the value: no notation there has quotes of its own.
    if opening and not (label["equals"] and opening[0].startswith("%")):
        inner = opening.end()
        end = _closing(text, inner, opening[0])
        if text[label.start() : begin].rstrip("bruBRU").endswith(("[", "(")):
            end = _end_of_list(text, end, len(opening[0]))
        return (inner, end, STARS) if _is_secret(text[inner:end], label, text, is_quoted=True) else (begin, begin, "")
    encoded = _PERCENT.match(label["equals"] or label["colon"] or "")
    run = _run(encoded[0] if encoded else "").match(text, begin)
    if not run or run[0][0] in "]})" or (label["named"] and run[0][0] in "[{("):
        return begin, begin, ""
    bare = _TAIL.sub("", run[0]) or run[0]
    if not _is_secret(bare, label, text, is_quoted=False):
        return begin, begin, ""
    quote = label["named"] or ""
    return begin, begin + len(bare), f"{quote}{STARS}{quote}" if _DIGITS.fullmatch(bare) else STARS


def _is_label(text: str, label: re.Match[str]) -> bool:
    before = text[max(0, label.start() - 80) : label.start()]
    if label["option"]:
        return _OPTION.search(before) is not None
    return _PAIR.search(before) is not None if label["pair"] else True


def _is_secret(value: str, label: re.Match[str], text: str, *, is_quoted: bool) -> bool:
    if not value.strip() or _CONSTANT.fullmatch(value):
        return False
    if label["option"] and value in _PROSE:
        return False
    if label["strong"]:
        return is_quoted or not _EXPRESSION.fullmatch(value)
    if _NUMBER.fullmatch(value) or _is_vocabulary(text[: label.start()][-16:], label, at_end=True):
        return False
    if is_quoted or label["equals"] or label["sig"] or label["option"]:
        return is_quoted or not _EXPRESSION.fullmatch(value)
    return not _WORD.fullmatch(value)


def _is_vocabulary(text: str, label: re.Match[str], *, at_end: bool = False) -> bool:
    weak = label["weak"] or ""
    if not weak.lower().startswith("token"):
        return False
    return _VOCABULARY.search(text if at_end else text[: label.start()]) is not None


def _closing(text: str, begin: int, opening: str) -> int:
    """Return where a quoted value ends: before the quote that closes it, else at the end of the line.

    A quote with the same number of backslashes as the opening one closes it, unless a word goes on behind it.
    """
    line_end = text.find("\n", begin)
    line_end = len(text) if line_end < 0 else line_end
    if opening[-1] not in "\"'`":
        found = text.find(opening, begin, line_end)
        escape = f"{opening[:-2]}5C"
        while found >= 0 and text[max(0, found - len(escape)) : found].upper() == escape:
            found = text.find(opening, found + len(opening), line_end)
        return line_end if found < 0 else found
    depth, mark = len(opening) - 1, opening[-1]
    for quote in re.finditer(rf"(?<!\\)\\*{mark}", text[begin:line_end]):
        slashes = len(quote[0]) - 1
        if slashes % (2 * (depth + 1)) == depth and _DELIMITER.match(text, begin + quote.end()):
            return begin + quote.end() - depth - 1
    return line_end


def _end_of_list(text: str, end: int, width: int) -> int:
    """Return where the last of several quoted values ends."""
    while following := _IN_LIST.match(text, end + width):
        opening = _OPENING.match(text, following.end())
        if not opening:
            break
        end, width = _closing(text, opening.end(), opening[0]), len(opening[0])
    return end


def _without_listed(found: re.Match[str]) -> str:
    is_key = found[1].lower().startswith("keyname")
    return f"{found[1]}{found['name']}{found[3]}{STARS if is_key or is_secret_name(found['name']) else found['value']}"
