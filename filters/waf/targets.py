"""Variables in the guest's terms: numbers for collections, patterns by index."""

from __future__ import annotations

from typing import Final

from filters.waf import ruleset
from filters.waf.patterns import translated
from filters.waf.refusal import Refused
from filters.waf.rule import Selector, Variable
from filters.waf.scope import Scope
from filters.waf.seclang.tables import COLLECTIONS
from filters.waf.seclang.vocabulary import CollectionWord, Support
from filters.waf.texts import lowered

TX: Final = COLLECTIONS["tx"].number
_XML_PATHS: Final = ("/*", "//@*")


def variable(given: Variable, scope: Scope) -> ruleset.Variable:
    """Lower one variable; raise Refused for what the guest doesn't have."""
    word = collection(given.collection, scope)
    if word.name == "XML" and (given.selector.kind != "name" or given.selector.text not in _XML_PATHS):
        raise Refused(f"of XML only {' and '.join(f'XML:{path}' for path in _XML_PATHS)} are supported")
    own = ruleset.Named(lowered(word.flag)) if word.flag else selector(given.selector, word, scope)
    excluded = tuple(selector(each, word, scope) for each in given.excluded)
    return ruleset.Variable(number(word), given.count, own, excluded)


def collection(name: str, scope: Scope) -> CollectionWord:
    """Return the word of a collection; note those that are always empty, refuse those that are not supported."""
    word = COLLECTIONS.get(name.lower())
    if word is None or not word.supported:
        raise Refused(f"the variable {name.upper()} is {'unknown' if word is None else 'not supported'}")
    if word.support is Support.EMPTY:
        scope.note(f"{word.name} is accepted, always empty")
    return word


def number(word: CollectionWord) -> int:
    """Return the blob's number of a collection that is supported."""
    assert word.number is not None, f"{word.name} is supported"
    return word.number


def selector(given: Selector, word: CollectionWord, scope: Scope) -> ruleset.Selector:
    """Lower a selector; its patterns are caseless (libmodsecurity's variable.h), as names are."""
    if given.kind == "all":
        return ruleset.Everything()
    if given.kind == "pattern":
        pattern = translated(given.text, lines=True, caseless=True)
        return ruleset.Matching(scope.tables.patterns.index(pattern.text))
    return ruleset.Named(lowered(given.text))
