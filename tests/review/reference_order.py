"""The order of the queue written down plainly, everything in memory and keys as tuples: what `order_items` is held to."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from safelight.model import QueueItem
from safelight.review.order import ItemFacts, _asked, _reason, match_key
from safelight.review.rules import LAST_PLACE, Rule, RuleSet


def reference_order(items: Sequence[ItemFacts], rules: RuleSet) -> list[QueueItem]:
    """The whole queue."""
    lines: dict[object, list[tuple[tuple[object, ...], Rule, ItemFacts, str]]] = {}
    taken: list[tuple[Rule, ItemFacts]] = []
    for item in items:
        asked = _asked(item)
        rule = next((rule for rule in rules.rules if rule.takes(asked)), None)
        if rule is None:
            reason = "No rule of the queue names this; it is listed so that nothing is left out."
            rule = Rule("no-rule", LAST_PLACE, reason, {})
        taken.append((rule, item))
    by_score = {rule.place for rule in rules.rules if rule.by_score}
    for rule, item in taken:
        inside = [one for other, one in taken if other.place == rule.place and other.by_score and one.score]
        score, said = _score(item if rule.by_score else None, inside) if rule.place in by_score else (0.0, "")
        known = match_key(item.known, rules.label_order)[:4] if item.known else (0, "", 0, 0)
        doubt = item.log10_lr if item.opinion == "generated" else -item.log10_lr
        identity = item.sha256 or (item.location_key or b"").hex()
        key = (rule.place, *known, doubt, score, item.path, identity)
        lines.setdefault(item.group or identity, []).append((key, rule, item, said))
    queue = []
    for rank, line in enumerate(sorted(lines.values(), key=lambda line: min(entry[0] for entry in line)), 1):
        _, rule, best, said = min(line, key=lambda entry: entry[0])
        reason = _reason(best, rule) + said
        shown = best.group or best.sha256
        if len(line) > 1:
            reason += f" Stands for {len(line)} near-duplicates"
            reason += "." if shown == best.sha256 else f"; the one that places it here is {str(best.sha256)[:12]}."
        queue.append(
            QueueItem(
                rank=rank, sha256=shown, location_key=best.location_key, rule=rule.name, reason=reason, group_size=len(line),
                placed_by=best.sha256,
            )
        )  # fmt: skip
    return queue


def _score(item: ItemFacts | None, inside: Sequence[ItemFacts]) -> tuple[float, str]:
    """What counts as the item's score among those scored in its place, and the sentence about it."""
    digests = [one.score.model_sha256 for one in inside if one.score]
    if not digests:
        return 0.0, ""
    chosen = min(set(digests), key=lambda digest: (-digests.count(digest), digest))
    values = sorted(one.score.value for one in inside if one.score and one.score.model_sha256 == chosen)
    model = next(one.score.model for one in inside if one.score and one.score.model_sha256 == chosen)
    if item is not None and item.score is not None and item.score.model_sha256 == chosen:
        said = f" Within its place it stands by the score of the model {model}, lower first. A score is no evidence."
        return item.score.value, said
    return statistics.median_low(values), (
        f" Others of its place stand by the score of the model {model}; it has none that counts, and stands at the "
        "middle one. A score is no evidence."
    )
