"""Tasks that nobody tunes on, over tables: counting and ranking."""

from __future__ import annotations

from statistics import fmean, median
from typing import Any

from benchmarks.agents.data import Tables, total
from benchmarks.agents.task import Task, one


def _reached(t: Tables) -> str:
    minutes = 0
    for visit in sorted(t["visits"], key=lambda v: (v["day"], v["id"])):
        minutes += visit["minutes"]
        if minutes > 9_000:
            return visit["day"]
    raise AssertionError("never reached")


def _dearest_injury(t: Tables) -> dict[str, Any]:
    visit = max((v for v in t["visits"] if v["reason"] == "injury"), key=lambda v: v["fee"])
    return {"id": visit["id"], "fee": visit["fee"]}


BASIC: tuple[Task, ...] = (
    one(
        "visits-count",
        "basic",
        "How many visits are there?",
        ":int",
        lambda t: len(t["visits"]),
        "(return (count data/visits))",
        tables="visits",
    ),
    one(
        "private-patients",
        "basic",
        "How many patients have the insurer private?",
        ":int",
        lambda t: sum(p["insurer"] == "private" for p in t["patients"]),
        '(return (count (filter #(= (:insurer %) "private") data/patients)))',
        tables="patients",
    ),
    one(
        "fees-total",
        "basic",
        "What is the sum of the fee over all visits, rounded to 2 decimals?",
        ":float",
        lambda t: total(t["visits"], "fee"),
        "(return (round (sum-by :fee data/visits) 2))",
        tables="visits",
    ),
    one(
        "mean-pages",
        "basic",
        "How many pages has a volume on average, rounded to 1 decimal?",
        ":float",
        lambda t: round(fmean(v["pages"] for v in t["volumes"]), 1),
        "(return (round (avg-by :pages data/volumes) 1))",
        tables="volumes",
    ),
    one(
        "chronic-count",
        "basic",
        "How many patients are chronic?",
        ":int",
        lambda t: sum(p["chronic"] for p in t["patients"]),
        "(return (count (filter :chronic data/patients)))",
        tables="patients",
    ),
    one(
        "high-stations",
        "basic",
        "How many stations have a height of more than 1200?",
        ":int",
        lambda t: sum(s["height"] > 1200 for s in t["stations"]),
        "(return (count (filter #(> (:height %) 1200) data/stations)))",
        tables="stations",
    ),
    one(
        "long-injuries",
        "basic",
        "How many visits with the reason injury took more than 40 minutes?",
        ":int",
        lambda t: sum(v["reason"] == "injury" and v["minutes"] > 40 for v in t["visits"]),
        '(return (count (filter #(and (= (:reason %) "injury") (> (:minutes %) 40)) data/visits)))',
        tables="visits",
    ),
    one(
        "no-flag",
        "basic",
        "How many readings have no flag?",
        ":int",
        lambda t: sum(r["flag"] is None for r in t["readings"]),
        "(return (count (filter #(nil? (:flag %)) data/readings)))",
        tables="readings",
    ),
    one(
        "missed-share",
        "basic",
        "What percentage of the visits was missed, rounded to 1 decimal?",
        ":float",
        lambda t: round(100 * sum(v["state"] == "missed" for v in t["visits"]) / len(t["visits"]), 1),
        '(return (round (* 100 (/ (count (filter #(= (:state %) "missed") data/visits)) (count data/visits))) 1))',
        tables="visits",
    ),
    one(
        "june-loans",
        "basic",
        "How many loans have a start in June 2025 (a start looks like 2025-06-21)?",
        ":int",
        lambda t: sum(x["start"].startswith("2025-06") for x in t["loans"]),
        '(return (count (filter #(starts-with? (:start %) "2025-06") data/loans)))',
        tables="loans",
    ),
)

RANK: tuple[Task, ...] = (
    one(
        "thickest-volume",
        "rank",
        "What is the title of the volume with the most pages?",
        ":string",
        lambda t: max(t["volumes"], key=lambda v: v["pages"])["title"],
        "(return (:title (max-by :pages data/volumes)))",
        tables="volumes",
    ),
    one(
        "four-highest",
        "rank",
        "What are the codes of the four stations with the greatest height, the highest first?",
        "[:string]",
        lambda t: [s["code"] for s in sorted(t["stations"], key=lambda s: -s["height"])[:4]],
        "(return (map :code (take 4 (sort-by :height > data/stations))))",
        tables="stations",
    ),
    one(
        "dearest-injury",
        "rank",
        "Which visit with the reason injury had the highest fee? Give id and fee.",
        "{id :int, fee :float}",
        _dearest_injury,
        '(return (select-keys (max-by :fee (filter #(= (:reason %) "injury") data/visits)) [:id :fee]))',
        tables="visits",
    ),
    one(
        "median-fee",
        "rank",
        "What is the median fee of all visits, rounded to 2 decimals? (For an even number of visits: the mean of the "
        "two in the middle.)",
        ":float",
        lambda t: round(median(v["fee"] for v in t["visits"]), 2),
        "(return (round (median (map :fee data/visits)) 2))",
        tables="visits",
    ),
    one(
        "distinct-borrowers",
        "rank",
        "How many different members have borrowed something?",
        ":int",
        lambda t: len({x["member_id"] for x in t["loans"]}),
        "(return (count (distinct (map :member_id data/loans))))",
        tables="loans",
    ),
    one(
        "minutes-reached",
        "rank",
        "Going through the visits by day (and by id within a day), on which day does the running sum of minutes first "
        "exceed 9000?",
        ":string",
        _reached,
        "(return (loop [vs (sort-by (juxt :day :id) data/visits) sum 0]"
        " (let [v (first vs) s (+ sum (:minutes v))] (if (> s 9000) (:day v) (recur (rest vs) s)))))",
        tables="visits",
    ),
)
