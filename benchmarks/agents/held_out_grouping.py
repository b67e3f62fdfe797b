"""Tasks that nobody tunes on, over tables: grouping and joining."""

from __future__ import annotations

from collections import Counter, defaultdict
from statistics import fmean
from typing import Any

from benchmarks.agents.data import Tables, grouped, total
from benchmarks.agents.task import Task, one


def _best_month(t: Tables) -> str:
    fees: dict[str, float] = defaultdict(float)
    for visit in t["visits"]:
        if visit["state"] == "done":
            fees[visit["day"][:7]] += visit["fee"]
    return max(fees, key=lambda month: fees[month])


def _readers(t: Tables) -> dict[str, int]:
    days = [sum(x["days"] for x in loans) for loans in grouped(t["loans"], "member_id").values()]
    kinds = Counter("heavy" if d >= 200 else "medium" if d >= 100 else "light" for d in days)
    return {kind: kinds[kind] for kind in ("heavy", "medium", "light")}


def _halves(t: Tables) -> dict[str, float]:
    first = sum(v["fee"] for v in t["visits"] if v["day"] < "2025-07")
    second = sum(v["fee"] for v in t["visits"] if v["day"] >= "2025-07")
    return {
        "first": round(first, 2),
        "second": round(second, 2),
        "difference": round(second - first, 2),
    }


def _region(t: Tables) -> dict[str, Any]:
    of = {s["id"]: s["region"] for s in t["stations"]}
    values: dict[str, list[float]] = defaultdict(list)
    for reading in t["readings"]:
        values[of[reading["station_id"]]].append(reading["value"])
    best = max(values, key=lambda region: fmean(values[region]))
    return {"region": best, "mean": round(fmean(values[best]), 2)}


def _missed_city(t: Tables) -> dict[str, Any]:
    of = {p["id"]: p["city"] for p in t["patients"]}
    count = Counter(of[v["patient_id"]] for v in t["visits"] if v["state"] == "missed")
    [(city, missed)] = count.most_common(1)
    return {"city": city, "missed": missed}


GROUP: tuple[Task, ...] = (
    one(
        "genres",
        "group",
        "How many volumes are there of each genre? Give a map from genre to number.",
        ":map",
        lambda t: dict(Counter(v["genre"] for v in t["volumes"])),
        "(return (frequencies (map :genre data/volumes)))",
        tables="volumes",
    ),
    one(
        "mean-checkup",
        "group",
        "What is the mean fee of the visits with the reason checkup, rounded to 2 decimals?",
        ":float",
        lambda t: round(fmean(v["fee"] for v in t["visits"] if v["reason"] == "checkup"), 2),
        '(return (round (avg-by :fee (filter #(= (:reason %) "checkup") data/visits)) 2))',
        tables="visits",
    ),
    one(
        "regions",
        "group",
        "For each region: its name, the number of stations and their mean height rounded to 1 decimal, sorted by region.",
        "[{region :string, stations :int, height :float}]",
        lambda t: [
            {"region": r, "stations": len(g), "height": round(fmean(s["height"] for s in g), 1)}
            for r, g in sorted(grouped(t["stations"], "region").items())
        ],
        "(return (sort-by :region (map (fn [[r ss]] {:region r :stations (count ss)"
        " :height (round (avg-by :height ss) 1)}) (group-by :region data/stations))))",
        tables="stations",
    ),
    one(
        "returned-open",
        "group",
        "How many days last the loans that were returned, on average, and how many those that were not (open)? Round "
        "each to 1 decimal.",
        "{returned :float, open :float}",
        lambda t: {
            "returned": round(fmean(x["days"] for x in t["loans"] if x["returned"]), 1),
            "open": round(fmean(x["days"] for x in t["loans"] if not x["returned"]), 1),
        },
        "(return {:returned (round (avg-by :days (filter :returned data/loans)) 1)"
        " :open (round (avg-by :days (remove :returned data/loans)) 1)})",
        tables="loans",
    ),
    one(
        "longest-genres",
        "group",
        "Which two genres have the highest mean number of pages? Give genre and mean rounded to 1 decimal, the higher first.",
        "[{genre :string, mean :float}]",
        lambda t: sorted(
            (
                {"genre": g, "mean": round(fmean(v["pages"] for v in vs), 1)}
                for g, vs in grouped(t["volumes"], "genre").items()
            ),
            key=lambda r: -r["mean"],
        )[:2],
        "(return (take 2 (sort-by :mean > (map (fn [[g vs]] {:genre g :mean (round (avg-by :pages vs) 1)})"
        " (group-by :genre data/volumes)))))",
        tables="volumes",
    ),
    one(
        "best-month",
        "group",
        "In which month (like 2025-03) was the sum of the fees of the visits with the state done highest?",
        ":string",
        _best_month,
        "(return (first (max-by second (map (fn [[m vs]] [m (sum-by :fee vs)]) (group-by #(subs (:day %) 0 7)"
        ' (filter #(= (:state %) "done") data/visits))))))',
        tables="visits",
    ),
    one(
        "readers",
        "group",
        "A member whose loans took at least 200 days in sum is heavy, at least 100 medium, any other with a loan light. "
        "How many members are there of each kind?",
        "{heavy :int, medium :int, light :int}",
        _readers,
        "(let [d (map (fn [[_ xs]] (sum-by :days xs)) (group-by :member_id data/loans))]"
        " (return {:heavy (count (filter #(>= % 200) d)) :medium (count (filter #(and (>= % 100) (< % 200)) d))"
        " :light (count (filter #(< % 100) d))}))",
        tables="loans",
    ),
    one(
        "halves",
        "group",
        "What is the sum of the fees of the visits in the first half of 2025 (January to June) and in the second, and "
        "how much more is the second than the first? Round to 2 decimals.",
        "{first :float, second :float, difference :float}",
        _halves,
        '(let [early? #(< (compare (:day %) "2025-07") 0) a (sum-by :fee (filter early? data/visits))'
        " b (sum-by :fee (remove early? data/visits))]"
        " (return {:first (round a 2) :second (round b 2) :difference (round (- b a) 2)}))",
        tables="visits",
    ),
    one(
        "poetry-pages",
        "group",
        "How many printed pages (pages times copies) has the library of the genre poetry?",
        ":int",
        lambda t: sum(v["pages"] * v["copies"] for v in t["volumes"] if v["genre"] == "poetry"),
        '(return (sum (map #(* (:pages %) (:copies %)) (filter #(= (:genre %) "poetry") data/volumes))))',
        tables="volumes",
    ),
)

JOIN: tuple[Task, ...] = (
    one(
        "surgery-fees",
        "join",
        "What is the sum of the fees of all visits to doctors of the field surgery, rounded to 2 decimals?",
        ":float",
        lambda t: total(
            [
                v
                for v in t["visits"]
                if v["doctor_id"] in {d["id"] for d in t["doctors"] if d["field"] == "surgery"}
            ],
            "fee",
        ),
        '(let [ids (set (map :id (filter #(= (:field %) "surgery") data/doctors)))]'
        " (return (round (sum-by :fee (filter #(ids (:doctor_id %)) data/visits)) 2)))",
        tables="visits doctors",
    ),
    one(
        "best-region",
        "join",
        "Which region of stations has the highest mean value of the readings? Give region and mean rounded to 2 decimals.",
        "{region :string, mean :float}",
        _region,
        "(let [region (into {} (map (juxt :id :region) data/stations))"
        " rs (map (fn [[r xs]] {:region r :mean (round (avg-by :value xs) 2)})"
        " (group-by #(get region (:station_id %)) data/readings))] (return (max-by :mean rs)))",
        tables="readings stations",
    ),
    one(
        "never-came",
        "join",
        "How many patients have no visit at all?",
        ":int",
        lambda t: len({p["id"] for p in t["patients"]} - {v["patient_id"] for v in t["visits"]}),
        "(let [came (set (map :patient_id data/visits))]"
        " (return (count (remove #(contains? came (:id %)) data/patients))))",
        tables="visits patients",
    ),
    one(
        "missed-city",
        "join",
        "Which city do the patients of the most missed visits live in? Give city and number of missed visits.",
        "{city :string, missed :int}",
        _missed_city,
        "(let [city (into {} (map (juxt :id :city) data/patients))"
        ' n (frequencies (map #(get city (:patient_id %)) (filter #(= (:state %) "missed") data/visits)))'
        " [c k] (last (sort-by val n))] (return {:city c :missed k}))",
        tables="visits patients",
    ),
    one(
        "french-fines",
        "join",
        "What is the sum of the fines of the loans of volumes in the language fr that are not returned, rounded to 2 "
        "decimals?",
        ":float",
        lambda t: total(
            [
                x
                for x in t["loans"]
                if not x["returned"]
                and x["volume_id"] in {v["id"] for v in t["volumes"] if v["language"] == "fr"}
            ],
            "fine",
        ),
        '(let [ids (set (map :id (filter #(= (:language %) "fr") data/volumes)))]'
        " (return (round (sum-by :fine (filter #(and (not (:returned %)) (ids (:volume_id %))) data/loans)) 2)))",
        tables="loans volumes",
    ),
)
