"""Tasks that nobody tunes on, over tables: counting, ranking, grouping, joining."""

from __future__ import annotations

from collections import Counter, defaultdict
from statistics import fmean, median
from typing import Any

from benchmarks.agents.data import Row, Tables
from benchmarks.agents.task import Task, one


def _sum(rows: list[Row], key: str) -> float:
    return round(sum(row[key] for row in rows), 2)


def _by(rows: list[Row], key: str) -> dict[Any, list[Row]]:
    groups: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[key]].append(row)
    return groups


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


def _best_month(t: Tables) -> str:
    fees: dict[str, float] = defaultdict(float)
    for visit in t["visits"]:
        if visit["state"] == "done":
            fees[visit["day"][:7]] += visit["fee"]
    return max(fees, key=lambda month: fees[month])


def _readers(t: Tables) -> dict[str, int]:
    days = [sum(x["days"] for x in loans) for loans in _by(t["loans"], "member_id").values()]
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
        lambda t: _sum(t["visits"], "fee"),
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
            for r, g in sorted(_by(t["stations"], "region").items())
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
                for g, vs in _by(t["volumes"], "genre").items()
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
        lambda t: _sum(
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
        lambda t: _sum(
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
