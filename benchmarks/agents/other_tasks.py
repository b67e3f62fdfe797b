"""Tasks that need text, tools, searching, looking first, or what an earlier request left in memory."""

from __future__ import annotations

from collections import Counter
from typing import Any

from benchmarks.agents.data import Tables
from benchmarks.agents.task import Part, Task, one
from benchmarks.agents.world_tools import documents, exchange_rate, warehouse_stock


def _slowest(t: Tables) -> dict[str, Any]:
    lines = [line.split() for line in t["log"]]
    worst = max(lines, key=lambda w: int(w[4]))
    return {"service": worst[2], "ms": int(worst[4])}


def _sold(t: Tables) -> dict[str, Any]:
    count: Counter[str] = Counter()
    for event in t["events"]:
        if event["kind"] == "purchase":
            for item in event["payload"]["items"]:
                count[item["sku"]] += item["n"]
    best = max(count.values())
    return {"skus": sorted(s for s, n in count.items() if n == best), "pieces": best}


def _hits(words: str) -> list[dict[str, Any]]:
    return [d for d in documents() if all(w in f"{d['title']} {d['text']}".lower() for w in words.split())]


_PAGES = (
    '(loop [at 0 found []] (let [p (tool/search {:query "%s" :cursor at}) all (into found (:items p))]'
    " (if (:next_cursor p) (recur (:next_cursor p) all) all)))"
)

TEXT: tuple[Task, ...] = (
    one(
        "pro-names",
        "text",
        "How many products have a name that contains Pro (upper case P)?",
        ":int",
        lambda t: sum("Pro" in p["name"] for p in t["products"]),
        '(return (count (filter #(includes? (:name %) "Pro") data/products)))',
        tables="products",
    ),
    one(
        "initials",
        "text",
        "For the three best paid employees, the best paid first: the first letter of the name, a dot and a blank, then "
        "the last part of the name (Ada Holm-7 becomes A. Holm-7).",
        "[:string]",
        lambda t: [
            f"{e['name'][0]}. {e['name'].split()[1]}"
            for e in sorted(t["employees"], key=lambda e: -e["salary"])[:3]
        ],
        '(return (map #(let [[a b] (split (:name %) #" ")] (str (subs a 0 1) ". " b))'
        " (take 3 (sort-by :salary > data/employees))))",
        tables="employees",
    ),
    one(
        "errors-by-service",
        "text",
        'data/log is a list of lines such as "2024-05-01T00:03 WARN search took 120 ms". How many ERROR lines '
        "has each service? Give a map from service to number.",
        ":map",
        lambda t: dict(Counter(line.split()[2] for line in t["log"] if line.split()[1] == "ERROR")),
        '(return (frequencies (map #(nth (split % #" ") 2) (filter #(includes? % " ERROR ") data/log))))',
        tables="log",
    ),
    one(
        "slowest-line",
        "text",
        'data/log is a list of lines such as "2024-05-01T00:03 WARN search took 120 ms". Which service took longest in '
        "one line, and how many ms?",
        "{service :string, ms :int}",
        _slowest,
        '(let [rows (map #(let [w (split % #" ")] {:service (nth w 2) :ms (parse-long (nth w 4))}) data/log)]'
        " (return (max-by :ms rows)))",
        tables="log",
    ),
)

TOOLS: tuple[Task, ...] = (
    one(
        "in-euro",
        "tools",
        "What is the sum of the approved expenses in EUR, rounded to 2 decimals? The tool exchange_rate says what a "
        "currency is worth.",
        ":float",
        lambda t: round(
            sum(
                x["amount"] * exchange_rate(x["currency"]) for x in t["expenses"] if x["status"] == "approved"
            ),
            2,
        ),
        '(let [rate (into {} (map (fn [c] [c (tool/exchange_rate {:currency c})]) ["EUR" "GBP" "USD"]))]'
        " (return (round (sum (map #(* (:amount %) (get rate (:currency %)))"
        ' (filter #(= (:status %) "approved") data/expenses))) 2)))',
        tables="expenses",
        tools="exchange_rate",
    ),
    one(
        "dearest-stock",
        "tools",
        "How many pieces of the five products with the highest price are there in all warehouses together?",
        ":int",
        lambda t: sum(
            sum(warehouse_stock(p["id"]).values())
            for p in sorted(t["products"], key=lambda p: -p["price"])[:5]
        ),
        "(return (sum (mapcat #(vals (tool/warehouse_stock {:product_id (:id %)}))"
        " (take 5 (sort-by :price > data/products)))))",
        tables="products",
        tools="warehouse_stock",
    ),
    one(
        "north-empty",
        "tools",
        "How many of the products with id 1 to 40 have no piece in the warehouse north?",
        ":int",
        lambda _: sum(warehouse_stock(n)["north"] == 0 for n in range(1, 41)),
        "(return (count (filter #(zero? (:north (tool/warehouse_stock {:product_id %}))) (range 1 41))))",
        tools="warehouse_stock",
    ),
    one(
        "dollar",
        "tools",
        "How many EUR are 250 USD? Round to 2 decimals.",
        ":float",
        lambda _: round(250 * exchange_rate("USD"), 2),
        '(return (round (* 250 (tool/exchange_rate {:currency "USD"})) 2))',
        tools="exchange_rate",
    ),
)

SEARCH: tuple[Task, ...] = (
    one(
        "count-budget",
        "search",
        "How many documents does the tool search find for budget? It gives ten at a time.",
        ":int",
        lambda _: len(_hits("budget")),
        f"(return (count {_PAGES % 'budget'}))",
        tools="search",
    ),
    one(
        "passport",
        "search",
        "Which document mentions a passport? Give its title.",
        ":string",
        lambda _: _hits("passport")[0]["title"],
        '(return (:title (first (:items (tool/search {:query "passport"})))))',
        tools="search fetch",
    ),
    one(
        "both-topics",
        "search",
        "Which document is about both security and hardware? Give its title and its office.",
        "{title :string, office :string}",
        lambda _: {k: _hits("security hardware")[0][k] for k in ("title", "office")},
        '(let [d (tool/fetch {:id (:id (first (:items (tool/search {:query "security hardware"}))))})]'
        " (return (select-keys d [:title :office])))",
        tools="search fetch",
    ),
    one(
        "mileage",
        "search",
        "What is the mileage rate in EUR per kilometre that is in force now? Two documents carry the title Mileage policy; "
        "one of them is superseded.",
        ":float",
        lambda _: 0.42,
        '(let [ds (map #(tool/fetch {:id (:id %)}) (:items (tool/search {:query "mileage"})))'
        ' d (first (filter #(includes? (:text %) "In force") ds))]'
        ' (return (parse-double (re-find #"[0-9]\\.[0-9]+" (:text d)))))',
        tools="search fetch",
    ),
    one(
        "parking-budget",
        "search",
        "What is the sum of the budgets of all documents that search finds for parking?",
        ":int",
        lambda _: sum(d["budget"] for d in _hits("parking")),
        f"(return (sum (map #(:budget (tool/fetch {{:id (:id %)}})) {_PAGES % 'parking'})))",
        tools="search fetch",
    ),
)

EXPLORE: tuple[Task, ...] = (
    one(
        "purchases",
        "explore",
        "data/events is a list of records. How many of them are purchases?",
        ":int",
        lambda t: sum(e["kind"] == "purchase" for e in t["events"]),
        '(return (count (filter #(= (:kind %) "purchase") data/events)))',
        tables="events",
    ),
    one(
        "team-users",
        "explore",
        "data/events is a list of records. How many different users with the plan team occur in it?",
        ":int",
        lambda t: len({e["who"]["user"] for e in t["events"] if e["who"]["plan"] == "team"}),
        '(return (count (distinct (map #(get-in % [:who :user]) (filter #(= (get-in % [:who :plan]) "team") data/events)))))',
        tables="events",
    ),
    one(
        "best-seller",
        "explore",
        "data/events is a list of records. Which skus were bought most, counting the n of the items of all purchases? "
        "Give the skus with the highest count (sorted, usually one) and that count.",
        "{skus [:string], pieces :int}",
        _sold,
        '(let [items (mapcat #(get-in % [:payload :items]) (filter #(= (:kind %) "purchase") data/events))'
        " n (map (fn [[s is]] [s (sum-by :n is)]) (group-by :sku items)) best (apply max (map second n))]"
        " (return {:skus (sort (map first (filter #(= (second %) best) n))) :pieces best}))",
        tables="events",
    ),
)

MEMORY: tuple[Task, ...] = (
    Task(
        name="keep-and-use",
        nature="memory",
        tables=("orders",),
        parts=(
            Part(
                ask="Define big as the orders whose total is above 2000, with def, and return how many there are.",
                signature=":int",
                expected=lambda t: sum(o["total"] > 2000 for o in t["orders"]),
                solution="(def big (filter #(> (:total %) 2000) data/orders)) (return (count big))",
            ),
            Part(
                ask="You defined big before. How many of big are cancelled?",
                signature=":int",
                expected=lambda t: sum(o["total"] > 2000 and o["status"] == "cancelled" for o in t["orders"]),
                solution='(return (count (filter #(= (:status %) "cancelled") big)))',
            ),
        ),
    ),
    Task(
        name="keep-a-function",
        nature="memory",
        tables=("employees",),
        parts=(
            Part(
                ask="Define a function yearly-cost of an employee with defn: the salary times 1.3, and 1200 more for one who is not "
                "remote. Return its value for the employee with id 5, rounded to 2 decimals.",
                signature=":float",
                expected=lambda t: _cost(t["employees"][4]),
                solution="(defn yearly-cost [e] (+ (* 1.3 (:salary e)) (if (:remote e) 0 1200)))"
                " (return (round (yearly-cost (first (filter #(= (:id %) 5) data/employees))) 2))",
            ),
            Part(
                ask="You defined the function yearly-cost before. What is its sum over the employees of the department legal, rounded to 2 "
                "decimals?",
                signature=":float",
                expected=lambda t: round(
                    sum(_cost(e) for e in t["employees"] if e["department"] == "legal"), 2
                ),
                solution='(return (round (sum (map yearly-cost (filter #(= (:department %) "legal") data/employees))) 2))',
            ),
        ),
    ),
)


def _cost(employee: dict[str, Any]) -> float:
    return round(employee["salary"] * 1.3 + (0 if employee["remote"] else 1200), 2)
