"""Tasks that nobody tunes on: text, tools, searching, looking first, and what an earlier request left in memory."""

from __future__ import annotations

from collections import Counter
from typing import Any

from benchmarks.agents.data import Row, Tables
from benchmarks.agents.held_out_tools import drive_minutes, minute_rate, notes, shelf_space
from benchmarks.agents.task import Part, Task, one


def _hits(words: str) -> list[dict[str, Any]]:
    return [n for n in notes() if all(w in f"{n['heading']} {n['body']}".lower() for w in words.split())]


_PAGES = (
    '(let [pages (:pages (tool/find_notes {:words "%s"}))]'
    ' (mapcat #(:notes (tool/find_notes {:words "%s" :page %%})) (range 1 (inc pages))))'
)


def _paged(words: str) -> str:
    return _PAGES % (words, words)


def _extra(t: Tables) -> dict[str, Any]:
    count: Counter[str] = Counter()
    for booking in t["bookings"]:
        for extra in booking["extras"]:
            count[extra["name"]] += extra["times"]
    [(name, times)] = count.most_common(1)
    return {"extra": name, "times": times}


def _dues(loan: Row) -> float:
    return round(loan["fine"] + (0 if loan["returned"] else loan["days"] * 0.25), 2)


TEXT: tuple[Task, ...] = (
    one(
        "river-titles",
        "text",
        "How many volumes have a title that contains River?",
        ":int",
        lambda t: sum("River" in v["title"] for v in t["volumes"]),
        '(return (count (filter #(includes? (:title %) "River") data/volumes)))',
        tables="volumes",
    ),
    one(
        "spines",
        "text",
        "For the three volumes with the most pages, the thickest first: the first word of the title in upper case, a "
        "colon and a blank, then the pages (Lost Empire 12 with 300 pages becomes LOST: 300).",
        "[:string]",
        lambda t: [
            f"{v['title'].split()[0].upper()}: {v['pages']}"
            for v in sorted(t["volumes"], key=lambda v: -v["pages"])[:3]
        ],
        '(return (map #(str (upper-case (first (split (:title %) #" "))) ": " (:pages %))'
        " (take 3 (sort-by :pages > data/volumes))))",
        tables="volumes",
    ),
    one(
        "denied-by-gate",
        "text",
        'data/gatelog is a list of lines such as "07:15 DENIED north badge 4711". How many DENIED lines has each gate? '
        "Give a map from gate to number.",
        ":map",
        lambda t: dict(Counter(line.split()[2] for line in t["gatelog"] if line.split()[1] == "DENIED")),
        '(return (frequencies (map #(nth (split % #" ") 2) (filter #(includes? % " DENIED ") data/gatelog))))',
        tables="gatelog",
    ),
)

TOOLS: tuple[Task, ...] = (
    one(
        "rated-minutes",
        "tools",
        "What do the visits with the state done cost in EUR when each minute costs what the tool minute_rate says for "
        "the reason of the visit? Round to 2 decimals.",
        ":float",
        lambda t: round(
            sum(v["minutes"] * minute_rate(v["reason"]) for v in t["visits"] if v["state"] == "done"), 2
        ),
        '(let [done (filter #(= (:state %) "done") data/visits)'
        " rate (into {} (map (fn [r] [r (tool/minute_rate {:reason r})]) (distinct (map :reason done))))]"
        " (return (round (sum (map #(* (:minutes %) (get rate (:reason %))) done)) 2)))",
        tables="visits",
        tools="minute_rate",
    ),
    one(
        "hall-copies",
        "tools",
        "How many copies of the four volumes with the most pages stand in the hall, all four together?",
        ":int",
        lambda t: sum(
            shelf_space(v["id"])["hall"] for v in sorted(t["volumes"], key=lambda v: -v["pages"])[:4]
        ),
        "(return (sum (map #(:hall (tool/shelf_space {:volume_id (:id %)})) (take 4 (sort-by :pages > data/volumes)))))",
        tables="volumes",
        tools="shelf_space",
    ),
    one(
        "there-and-back",
        "tools",
        "How many minutes does it take to drive from Lund to Bonn and back again?",
        ":int",
        lambda _: drive_minutes("Lund", "Bonn") + drive_minutes("Bonn", "Lund"),
        '(return (+ (tool/drive_minutes {:start "Lund" :end "Bonn"}) (tool/drive_minutes {:start "Bonn" :end "Lund"})))',
        tools="drive_minutes",
    ),
)

SEARCH: tuple[Task, ...] = (
    one(
        "count-ferry",
        "search",
        "How many notes does the tool find_notes find for ferry? It gives eight on a page.",
        ":int",
        lambda _: len(_hits("ferry")),
        f"(return (count {_paged('ferry')}))",
        tools="find_notes",
    ),
    one(
        "lighthouse",
        "search",
        "Which note mentions a lighthouse? Give its heading.",
        ":string",
        lambda _: _hits("lighthouse")[0]["heading"],
        '(return (:heading (first (:notes (tool/find_notes {:words "lighthouse"})))))',
        tools="find_notes read_note",
    ),
    one(
        "winter-harbour",
        "search",
        "Which note is about both winter and harbour? Give its heading and its author.",
        "{heading :string, author :string}",
        lambda _: {k: _hits("winter harbour")[0][k] for k in ("heading", "author")},
        '(let [n (first (:notes (tool/find_notes {:words "winter harbour"})))]'
        " (return (select-keys (tool/read_note {:key (:key n)}) [:heading :author])))",
        tools="find_notes read_note",
    ),
    one(
        "market-cost",
        "search",
        "What is the sum of the cost of all notes that find_notes finds for market?",
        ":int",
        lambda _: sum(n["cost"] for n in _hits("market")),
        f"(return (sum (map #(:cost (tool/read_note {{:key (:key %)}})) {_paged('market')})))",
        tools="find_notes read_note",
    ),
)

EXPLORE: tuple[Task, ...] = (
    one(
        "web-bookings",
        "explore",
        "data/bookings is a list of records. How many of them came through the channel web?",
        ":int",
        lambda t: sum(b["channel"] == "web" for b in t["bookings"]),
        '(return (count (filter #(= (:channel %) "web") data/bookings)))',
        tables="bookings",
    ),
    one(
        "nights-in-graz",
        "explore",
        "data/bookings is a list of records. How many nights were booked in the city Graz, all bookings together?",
        ":int",
        lambda t: sum(b["stay"]["nights"] for b in t["bookings"] if b["stay"]["city"] == "Graz"),
        '(return (sum (map #(get-in % [:stay :nights]) (filter #(= (get-in % [:stay :city]) "Graz") data/bookings))))',
        tables="bookings",
    ),
    one(
        "favourite-extra",
        "explore",
        "data/bookings is a list of records. Which extra was booked most, counting the times of all extras? Give its name "
        "and that count.",
        "{extra :string, times :int}",
        _extra,
        "(let [n (map (fn [[e xs]] {:extra e :times (sum-by :times xs)}) (group-by :name (mapcat :extras data/bookings)))]"
        " (return (max-by :times n)))",
        tables="bookings",
    ),
)

MEMORY: tuple[Task, ...] = (
    Task(
        name="keep-dear",
        nature="memory",
        tables=("visits",),
        parts=(
            Part(
                ask="Define dear as the visits whose fee is above 190, with def, and return how many there are.",
                signature=":int",
                expected=lambda t: sum(v["fee"] > 190 for v in t["visits"]),
                solution="(def dear (filter #(> (:fee %) 190) data/visits)) (return (count dear))",
            ),
            Part(
                ask="You defined dear before. How many of dear have the reason injury?",
                signature=":int",
                expected=lambda t: sum(v["fee"] > 190 and v["reason"] == "injury" for v in t["visits"]),
                solution='(return (count (filter #(= (:reason %) "injury") dear)))',
            ),
        ),
    ),
    Task(
        name="keep-dues",
        nature="memory",
        tables=("loans",),
        parts=(
            Part(
                ask="Define a function dues of a loan with defn: its fine, and 0.25 for each of its days more when it is not "
                "returned. Return its value for the loan with id 12, rounded to 2 decimals.",
                signature=":float",
                expected=lambda t: _dues(t["loans"][11]),
                solution="(defn dues [x] (+ (:fine x) (if (:returned x) 0 (* 0.25 (:days x)))))"
                " (return (round (dues (first (filter #(= (:id %) 12) data/loans))) 2))",
            ),
            Part(
                ask="You defined the function dues before. What is its sum over the loans of the member with id 3, rounded to 2 "
                "decimals?",
                signature=":float",
                expected=lambda t: round(sum(_dues(x) for x in t["loans"] if x["member_id"] == 3), 2),
                solution="(return (round (sum (map dues (filter #(= (:member_id %) 3) data/loans))) 2))",
            ),
        ),
    ),
)
