"""Every version of a collection stays what it was, whatever is done to the others: against copies in Python."""

from __future__ import annotations

import random
from typing import Any

import pytest
from inline_machine import Inline

from ptc_lisp.values.equality import equals

STEPS = 60
GROWN = 40
"""Items that the first version has: enough for the collection to be kept in its growing form."""


def _number(rng: random.Random) -> int:
    return rng.randrange(GROWN + 20)


def _vector_step(rng: random.Random, model: list[Any]) -> tuple[str, list[Any]]:
    item = rng.randrange(1000)
    place = rng.randrange(len(model)) if model else 0
    match rng.randrange(7):
        case 0 if model:
            return "(pop @)", model[:-1]
        case 1 if model:
            return f"(assoc @ {place} {item})", [*model[:place], item, *model[place + 1 :]]
        case 2 if model:
            return f"(update @ {place} + {item})", [
                *model[:place],
                model[place] + item,
                *model[place + 1 :],
            ]
        case 3:
            return f"(into @ [{item} 1])", [*model, item, 1]
        case 4:
            return f"(subvec @ {place})", model[place:]
        case 5:
            return f"(let [v @] (conj v {item}) (conj v 1 2) v)", model
        case _:
            return f"(conj @ {item})", [*model, item]


def _map_step(rng: random.Random, model: dict[int, int]) -> tuple[str, dict[int, int]]:
    k, item = _number(rng), rng.randrange(1000)
    without = {other: value for other, value in model.items() if other != k}
    match rng.randrange(7):
        case 0:
            return f"(dissoc @ {k})", without
        case 1:
            return f"(update @ {k} (fnil + 0) {item})", {**model, k: model.get(k, 0) + item}
        case 2:
            return f"(merge @ {{{k} {item}}})", {**model, k: item}
        case 3:
            return f"(conj @ [{k} {item}])", {**model, k: item}
        case 4:
            return f"(update-in @ [{k}] (fn [old] {item}))", {**model, k: item}
        case 5:
            return f"(let [m @] (assoc m {k} 1) (dissoc m {k}) m)", model
        case _:
            return f"(assoc @ {k} {item})", {**model, k: item}


def _set_step(rng: random.Random, model: dict[int, int]) -> tuple[str, dict[int, int]]:
    k = _number(rng)
    if rng.randrange(3):
        return f"(conj @ {k})", {**model, k: k}
    return f"(disj @ {k})", {other: value for other, value in model.items() if other != k}


_KINDS = {
    "vector": (_vector_step, f"(vec (range {GROWN}))", list(range(GROWN))),
    "map": (_map_step, f"(zipmap (range {GROWN}) (range {GROWN}))", {i: i for i in range(GROWN)}),
    "set": (_set_step, f"(set (range {GROWN}))", {i: i for i in range(GROWN)}),
}


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", _KINDS)
def test_old_versions_stay_intact(kind: str, seed: int) -> None:
    step, source, first = _KINDS[kind]
    rng = random.Random(seed)
    lines, models = [f"(def v0 {source})"], [first]
    for number in range(1, STEPS):
        base = rng.choice([number - 1, number - 1, rng.randrange(number)])
        form, model = step(rng, models[base])
        lines.append(f"(def v{number} {form.replace('@', f'v{base}')})")
        models.append(model)
    shape = {"vector": "@", "map": "(vec (mapcat identity @))", "set": "(vec @)"}[kind]
    lines.append(f"[{' '.join(shape.replace('@', f'v{n}') for n in range(STEPS))}]")
    expected = [
        list(model) if kind != "map" else [part for entry in model.items() for part in entry]
        for model in models
    ]
    assert Inline().value("\n".join(lines)) == expected


@pytest.mark.parametrize("seed", range(3))
def test_versions_reached_through_loops_stay_intact(seed: int) -> None:
    """A loop keeps every version of a growing map; each is compared when the last one is long since made."""
    turns = 200 + seed
    source = f"""
    (let [versions (loop [i 0 m {{}} kept []]
                     (if (< i {turns}) (recur (inc i) (assoc m (mod (* i 7) 90) i) (conj kept m)) kept))]
      (mapv (fn [i] (count (nth versions i))) (range {turns})))"""
    model: dict[int, int] = {}
    sizes = []
    for i in range(turns):
        sizes.append(len(model))
        model[i * 7 % 90] = i
    assert Inline().value(source) == sizes


def test_a_version_held_by_a_closure_and_by_a_key_stays() -> None:
    source = """
    (def base (vec (range 100)))
    (def by-version {base :base})
    (def see (let [held base] (fn [] (count held))))
    (def grown (reduce conj base (range 50)))
    [(see) (count grown) (get by-version base) (get by-version (vec (range 100))) (get by-version grown)]"""
    assert equals(Inline().value(source), [100, 150, "base", "base", None])
