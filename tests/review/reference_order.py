"""The order of the queue written down plainly, everything in memory and keys as tuples: what `order_items` is held to."""

from __future__ import annotations

from collections.abc import Sequence

from safelight.model import QueueItem
from safelight.review.order import ItemFacts, _asked, _reason, match_key
from safelight.review.rules import LAST_PLACE, Rule, RuleSet


def reference_order(items: Sequence[ItemFacts], rules: RuleSet) -> list[QueueItem]:
    """The whole queue."""
    lines: dict[object, list[tuple[tuple[object, ...], Rule, ItemFacts]]] = {}
    for item in items:
        asked = _asked(item)
        rule = next((rule for rule in rules.rules if rule.takes(asked)), None)
        if rule is None:
            reason = "No rule of the queue names this; it is listed so that nothing is left out."
            rule = Rule("no-rule", LAST_PLACE, reason, {})
        known = match_key(item.known, rules.label_order)[:4] if item.known else (0, "", 0, 0)
        doubt = item.log10_lr if item.opinion == "generated" else -item.log10_lr
        identity = item.sha256 or (item.location_key or b"").hex()
        key = (rule.place, *known, doubt, item.path, identity)
        lines.setdefault(item.group or identity, []).append((key, rule, item))
    queue = []
    for rank, line in enumerate(sorted(lines.values(), key=lambda line: min(entry[0] for entry in line)), 1):
        _, rule, best = min(line, key=lambda entry: entry[0])
        reason = _reason(best, rule)
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
