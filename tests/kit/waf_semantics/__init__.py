"""What SecLang means, word by word: rules, requests, and what is found."""

from kit.waf_case import Case
from kit.waf_semantics import (
    bodies,
    collections,
    controls,
    directives,
    flow,
    operators,
    responses,
    transformations,
    variables,
)

CASES: list[Case] = [
    *operators.CASES,
    *transformations.CASES,
    *collections.CASES,
    *bodies.CASES,
    *responses.CASES,
    *variables.CASES,
    *flow.CASES,
    *controls.CASES,
    *directives.CASES,
]
