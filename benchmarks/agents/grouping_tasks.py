"""Tasks over tables: grouping and joining."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from statistics import fmean
from typing import Any

from benchmarks.agents.data import Tables, grouped, total
from benchmarks.agents.task import Task, one


def _best_category(t: Tables) -> dict[str, Any]:
    of = {p["id"]: p["category"] for p in t["products"]}
    revenue: dict[str, float] = defaultdict(float)
    for order in t["orders"]:
        revenue[of[order["product_id"]]] += order["total"]
    best = max(revenue, key=lambda c: revenue[c])
    return {"category": best, "revenue": round(revenue[best], 2)}


def _growth(t: Tables) -> str:
    months: dict[str, float] = defaultdict(float)
    for order in t["orders"]:
        months[order["date"][:7]] += order["total"]
    names = sorted(months)
    return max(itertools.pairwise(names), key=lambda p: months[p[1]] - months[p[0]])[1]


def _tiers(t: Tables) -> dict[str, int]:
    spent: dict[int, float] = defaultdict(float)
    for order in t["orders"]:
        spent[order["customer_id"]] += order["total"]
    tiers = Counter("gold" if v >= 15_000 else "silver" if v >= 8_000 else "bronze" for v in spent.values())
    return {name: tiers[name] for name in ("gold", "silver", "bronze")}


def _favourite(t: Tables) -> dict[str, Any]:
    of = {p["id"]: p["category"] for p in t["products"]}
    delivered = grouped([o for o in t["orders"] if o["status"] == "delivered"], "customer_id")
    customer = max(delivered, key=lambda c: sum(o["total"] for o in delivered[c]))
    spent: dict[str, float] = defaultdict(float)
    for order in delivered[customer]:
        spent[of[order["product_id"]]] += order["total"]
    return {"customer_id": customer, "category": max(spent, key=lambda c: spent[c])}


def _rejected_department(t: Tables) -> dict[str, Any]:
    of = {e["id"]: e["department"] for e in t["employees"]}
    count = Counter(of[x["employee_id"]] for x in t["expenses"] if x["status"] == "rejected")
    name, rejected = count.most_common(1)[0]
    return {"department": name, "rejected": rejected}


def _quarters(t: Tables) -> dict[str, float]:
    q1 = sum(o["total"] for o in t["orders"] if o["date"] < "2024-04")
    q2 = sum(o["total"] for o in t["orders"] if "2024-04" <= o["date"] < "2024-07")
    return {"q1": round(q1, 2), "q2": round(q2, 2), "change": round(q2 - q1, 2)}


def _repeaters(t: Tables) -> int:
    pairs = Counter((o["customer_id"], o["product_id"]) for o in t["orders"])
    return len({customer for (customer, _), n in pairs.items() if n > 1})


GROUP: tuple[Task, ...] = (
    one(
        "payment-methods",
        "group",
        "How many orders were paid by each payment method? Give a map from method to number.",
        ":map",
        lambda t: dict(Counter(o["payment_method"] for o in t["orders"])),
        "(return (frequencies (map :payment_method data/orders)))",
        tables="orders",
    ),
    one(
        "mean-engineering",
        "group",
        "What is the mean salary in the department engineering, rounded to a whole number?",
        ":int",
        lambda t: round(fmean(e["salary"] for e in t["employees"] if e["department"] == "engineering")),
        '(return (round (avg-by :salary (filter #(= (:department %) "engineering") data/employees))))',
        tables="employees",
    ),
    one(
        "departments",
        "group",
        "For each department: its name, the number of employees and the mean salary rounded to 1 "
        "decimal, sorted by name.",
        "[{department :string, employees :int, mean :float}]",
        lambda t: [
            {"department": d, "employees": len(g), "mean": round(fmean(e["salary"] for e in g), 1)}
            for d, g in sorted(grouped(t["employees"], "department").items())
        ],
        "(return (sort-by :department (map (fn [[d es]] {:department d :employees (count es)"
        " :mean (round (avg-by :salary es) 1)}) (group-by :department data/employees))))",
        tables="employees",
    ),
    one(
        "remote-office",
        "group",
        "What is the mean salary of the remote employees and of the others (office), each rounded to a "
        "whole number?",
        "{remote :int, office :int}",
        lambda t: {
            "remote": round(fmean(e["salary"] for e in t["employees"] if e["remote"])),
            "office": round(fmean(e["salary"] for e in t["employees"] if not e["remote"])),
        },
        "(return {:remote (round (avg-by :salary (filter :remote data/employees)))"
        " :office (round (avg-by :salary (remove :remote data/employees)))})",
        tables="employees",
    ),
    one(
        "best-rated-two",
        "group",
        "Which two categories have the highest mean rating? Give category and mean rounded to 3 "
        "decimals, the best first.",
        "[{category :string, mean :float}]",
        lambda t: sorted(
            (
                {"category": c, "mean": round(fmean(p["rating"] for p in g), 3)}
                for c, g in grouped(t["products"], "category").items()
            ),
            key=lambda r: -r["mean"],
        )[:2],
        "(return (take 2 (sort-by :mean > (map (fn [[c ps]] {:category c :mean (round (avg-by :rating ps) 3)})"
        " (group-by :category data/products)))))",
        tables="products",
    ),
    one(
        "growth-month",
        "group",
        "In which month (like 2024-05) did the sum of the orders' total grow most over the month before?",
        ":string",
        _growth,
        "(let [ms (sort-by first (map (fn [[m os]] [m (sum-by :total os)])"
        " (group-by #(subs (:date %) 0 7) data/orders)))]"
        " (return (first (second (last (sort-by (fn [[a b]] (- (second b) (second a))) (partition 2 1 ms)))))))",
        tables="orders",
    ),
    one(
        "tiers",
        "group",
        "A customer who spent (sum of total over the orders) at least 15000 is gold, at least 8000 silver, any other "
        "who ordered is bronze. How many customers are there of each kind?",
        "{gold :int, silver :int, bronze :int}",
        _tiers,
        "(let [spent (map (fn [[_ os]] (sum-by :total os)) (group-by :customer_id data/orders))]"
        " (return {:gold (count (filter #(>= % 15000) spent)) :silver (count (filter #(and (>= % 8000) (< % 15000)) spent))"
        " :bronze (count (filter #(< % 8000) spent))}))",
        tables="orders",
    ),
    one(
        "quarters",
        "group",
        "What is the sum of the orders' total in the first quarter of 2024 (January to March) and in the second, "
        "and how much more is the second than the first? Round to 2 decimals.",
        "{q1 :float, q2 :float, change :float}",
        _quarters,
        "(let [m #(parse-long (subs (:date %) 5 7)) q1 (sum-by :total (filter #(<= (m %) 3) data/orders))"
        " q2 (sum-by :total (filter #(<= 4 (m %) 6) data/orders))]"
        " (return {:q1 (round q1 2) :q2 (round q2 2) :change (round (- q2 q1) 2)}))",
        tables="orders",
    ),
    one(
        "repeaters",
        "group",
        "How many customers ordered some product more than once?",
        ":int",
        _repeaters,
        "(return (count (distinct (map (fn [[k n]] (first k)) (filter (fn [[k n]] (> n 1))"
        " (frequencies (map (juxt :customer_id :product_id) data/orders)))))))",
        tables="orders",
    ),
    one(
        "stock-value",
        "group",
        "What is the value of the stock (price times stock) of the discontinued products, rounded to 2 decimals?",
        ":float",
        lambda t: round(
            sum(p["price"] * p["stock"] for p in t["products"] if p["status"] == "discontinued"), 2
        ),
        '(return (round (sum (map #(* (:price %) (:stock %)) (filter #(= (:status %) "discontinued") data/products))) 2))',
        tables="products",
    ),
)

JOIN: tuple[Task, ...] = (
    one(
        "electronics-revenue",
        "join",
        "What is the sum of total over all orders of products of the category electronics, rounded to "
        "2 decimals?",
        ":float",
        lambda t: total(
            [
                o
                for o in t["orders"]
                if o["product_id"] in {p["id"] for p in t["products"] if p["category"] == "electronics"}
            ],
            "total",
        ),
        '(let [ids (set (map :id (filter #(= (:category %) "electronics") data/products)))]'
        " (return (round (sum-by :total (filter #(contains? ids (:product_id %)) data/orders)) 2)))",
        tables="orders products",
    ),
    one(
        "best-category",
        "join",
        "Which category of products brought the highest revenue (sum of the orders' total)? Give category and "
        "revenue rounded to 2 decimals.",
        "{category :string, revenue :float}",
        _best_category,
        "(let [cat (into {} (map (juxt :id :category) data/products))"
        " rev (map (fn [[c os]] {:category c :revenue (round (sum-by :total os) 2)})"
        " (group-by #(get cat (:product_id %)) data/orders))] (return (max-by :revenue rev)))",
        tables="orders products",
    ),
    one(
        "never-ordered",
        "join",
        "How many products were never ordered?",
        ":int",
        lambda t: len({p["id"] for p in t["products"]} - {o["product_id"] for o in t["orders"]}),
        "(let [ids (set (map :product_id data/orders))]"
        " (return (count (remove #(contains? ids (:id %)) data/products))))",
        tables="orders products",
    ),
    one(
        "rejected-department",
        "join",
        "Which department has the most rejected expenses? Give department and number.",
        "{department :string, rejected :int}",
        _rejected_department,
        "(let [dep (into {} (map (juxt :id :department) data/employees))"
        ' rs (frequencies (map #(get dep (:employee_id %)) (filter #(= (:status %) "rejected") data/expenses)))'
        " [d n] (last (sort-by val rs))] (return {:department d :rejected n}))",
        tables="expenses employees",
    ),
    one(
        "favourite-category",
        "join",
        "Which customer spent most on delivered orders (sum of total), and on which category of products did "
        "that customer spend most, among delivered orders?",
        "{customer_id :int, category :string}",
        _favourite,
        "(let [cat (into {} (map (juxt :id :category) data/products))"
        ' done (filter #(= (:status %) "delivered") data/orders)'
        " [c os] (last (sort-by (fn [[_ os]] (sum-by :total os)) (group-by :customer_id done)))"
        " [k _] (last (sort-by (fn [[_ os]] (sum-by :total os)) (group-by #(get cat (:product_id %)) os)))]"
        " (return {:customer_id c :category k}))",
        tables="orders products",
    ),
    one(
        "leads-travel",
        "join",
        "What is the sum of the approved travel expenses of employees whose level is lead, rounded to 2 decimals "
        "(take the amounts as they are, whatever the currency)?",
        ":float",
        lambda t: total(
            [
                x
                for x in t["expenses"]
                if x["status"] == "approved"
                and x["category"] == "travel"
                and x["employee_id"] in {e["id"] for e in t["employees"] if e["level"] == "lead"}
            ],
            "amount",
        ),
        '(let [ids (set (map :id (filter #(= (:level %) "lead") data/employees)))]'
        ' (return (round (sum-by :amount (filter #(and (= (:status %) "approved") (= (:category %) "travel")'
        " (contains? ids (:employee_id %))) data/expenses)) 2)))",
        tables="expenses employees",
    ),
)
