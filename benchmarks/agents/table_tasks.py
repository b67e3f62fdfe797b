"""Tasks over tables: counting, ranking, grouping, joining."""

from __future__ import annotations

from collections import Counter, defaultdict
from statistics import fmean, median
from typing import Any

from benchmarks.agents.data import Tables
from benchmarks.agents.task import Task, one


def _by(rows: list[dict[str, Any]], key: str) -> dict[Any, list[dict[str, Any]]]:
    groups: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[row[key]].append(row)
    return groups


def _sum(rows: list[dict[str, Any]], key: str) -> float:
    return round(sum(row[key] for row in rows), 2)


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
    return max(zip(names, names[1:], strict=False), key=lambda p: months[p[1]] - months[p[0]])[1]


def _budget(t: Tables) -> int:
    left, bought = 300.0, 0
    prices = sorted(p["price"] for p in t["products"] if p["category"] == "books" and p["status"] == "active")
    for price in prices:
        if price > left:
            break
        left, bought = left - price, bought + 1
    return bought


def _tiers(t: Tables) -> dict[str, int]:
    spent: dict[int, float] = defaultdict(float)
    for order in t["orders"]:
        spent[order["customer_id"]] += order["total"]
    tiers = Counter("gold" if v >= 15_000 else "silver" if v >= 8_000 else "bronze" for v in spent.values())
    return {name: tiers[name] for name in ("gold", "silver", "bronze")}


def _favourite(t: Tables) -> dict[str, Any]:
    of = {p["id"]: p["category"] for p in t["products"]}
    delivered = _by([o for o in t["orders"] if o["status"] == "delivered"], "customer_id")
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


def _crossed(t: Tables) -> str:
    total = 0.0
    for order in sorted(t["orders"], key=lambda o: (o["date"], o["id"])):
        total += order["total"]
        if total > 100_000:
            return order["date"]
    raise AssertionError("never crossed")


BASIC: tuple[Task, ...] = (
    one(
        "products-count",
        "basic",
        "How many products are there?",
        ":int",
        lambda t: len(t["products"]),
        "(return (count data/products))",
        tables="products",
    ),
    one(
        "active-count",
        "basic",
        "How many products have the status active?",
        ":int",
        lambda t: sum(p["status"] == "active" for p in t["products"]),
        '(return (count (filter #(= (:status %) "active") data/products)))',
        tables="products",
    ),
    one(
        "orders-total",
        "basic",
        "What is the sum of total over all orders, rounded to 2 decimals?",
        ":float",
        lambda t: _sum(t["orders"], "total"),
        "(return (round (sum-by :total data/orders) 2))",
        tables="orders",
    ),
    one(
        "mean-price",
        "basic",
        "What is the mean price of all products, rounded to 2 decimals?",
        ":float",
        lambda t: round(fmean(p["price"] for p in t["products"]), 2),
        "(return (round (avg-by :price data/products) 2))",
        tables="products",
    ),
    one(
        "remote-count",
        "basic",
        "How many employees are remote?",
        ":int",
        lambda t: sum(e["remote"] for e in t["employees"]),
        "(return (count (filter :remote data/employees)))",
        tables="employees",
    ),
    one(
        "expensive-count",
        "basic",
        "How many products cost more than 500?",
        ":int",
        lambda t: sum(p["price"] > 500 for p in t["products"]),
        "(return (count (filter #(> (:price %) 500) data/products)))",
        tables="products",
    ),
    one(
        "toys-in-stock",
        "basic",
        "How many products of the category toys have a stock above 0?",
        ":int",
        lambda t: sum(p["category"] == "toys" and p["stock"] > 0 for p in t["products"]),
        '(return (count (filter #(and (= (:category %) "toys") (pos? (:stock %))) data/products)))',
        tables="products",
    ),
    one(
        "no-note",
        "basic",
        "How many expenses have no note?",
        ":int",
        lambda t: sum(x["note"] is None for x in t["expenses"]),
        "(return (count (filter #(nil? (:note %)) data/expenses)))",
        tables="expenses",
    ),
    one(
        "open-orders",
        "basic",
        "How many orders are either pending or cancelled?",
        ":int",
        lambda t: sum(o["status"] in ("pending", "cancelled") for o in t["orders"]),
        '(return (count (filter #(contains? #{"pending" "cancelled"} (:status %)) data/orders)))',
        tables="orders",
    ),
    one(
        "rejected-share",
        "basic",
        "What percentage of the expenses is rejected, rounded to 1 decimal?",
        ":float",
        lambda t: round(100 * sum(x["status"] == "rejected" for x in t["expenses"]) / len(t["expenses"]), 1),
        '(return (round (* 100 (/ (count (filter #(= (:status %) "rejected") data/expenses)) (count data/expenses))) 1))',
        tables="expenses",
    ),
    one(
        "march-orders",
        "basic",
        "How many orders have a date in March 2024 (dates look like 2024-03-15)?",
        ":int",
        lambda t: sum(o["date"].startswith("2024-03") for o in t["orders"]),
        '(return (count (filter #(starts-with? (:date %) "2024-03") data/orders)))',
        tables="orders",
    ),
)

RANK: tuple[Task, ...] = (
    one(
        "cheapest-product",
        "rank",
        "What is the name of the cheapest product?",
        ":string",
        lambda t: min(t["products"], key=lambda p: p["price"])["name"],
        "(return (:name (min-by :price data/products)))",
        tables="products",
    ),
    one(
        "three-dearest",
        "rank",
        "What are the names of the three products with the highest price, the dearest first?",
        "[:string]",
        lambda t: [p["name"] for p in sorted(t["products"], key=lambda p: -p["price"])[:3]],
        "(return (map :name (take 3 (sort-by :price > data/products))))",
        tables="products",
    ),
    one(
        "best-paid-support",
        "rank",
        "Who is the best paid employee of the department support? Give name and salary.",
        "{name :string, salary :int}",
        lambda t: {
            k: v
            for k, v in max(
                (e for e in t["employees"] if e["department"] == "support"), key=lambda e: e["salary"]
            ).items()
            if k in ("name", "salary")
        },
        '(return (select-keys (max-by :salary (filter #(= (:department %) "support") data/employees)) [:name :salary]))',
        tables="employees",
    ),
    one(
        "median-salary",
        "rank",
        "What is the median salary of all employees? (For an even number of employees: the mean of "
        "the two in the middle.)",
        ":float",
        lambda t: float(median(e["salary"] for e in t["employees"])),
        "(let [s (vec (sort (map :salary data/employees))) n (count s) h (quot n 2)]"
        " (return (if (odd? n) (nth s h) (/ (+ (nth s h) (nth s (dec h))) 2))))",
        tables="employees",
    ),
    one(
        "distinct-ordered",
        "rank",
        "How many different products were ordered at least once?",
        ":int",
        lambda t: len({o["product_id"] for o in t["orders"]}),
        "(return (count (distinct (map :product_id data/orders))))",
        tables="orders",
    ),
    one(
        "book-budget",
        "rank",
        "With 300 to spend and buying one piece each, starting with the cheapest and going up: how many "
        "active products of the category books can be bought before the next one is too dear?",
        ":int",
        _budget,
        '(let [ps (sort (map :price (filter #(and (= (:category %) "books") (= (:status %) "active")) data/products)))]'
        " (return (loop [left 300 n 0 ps ps] (if (or (empty? ps) (> (first ps) left)) n"
        " (recur (- left (first ps)) (inc n) (rest ps))))))",
        tables="products",
    ),
    one(
        "crossing-day",
        "rank",
        "Going through the orders by date (and by id within a date), on which date does the running sum of "
        "total first exceed 100000?",
        ":string",
        _crossed,
        "(return (loop [os (sort-by (juxt :date :id) data/orders) sum 0]"
        " (let [o (first os) s (+ sum (:total o))] (if (> s 100000) (:date o) (recur (rest os) s)))))",
        tables="orders",
    ),
)

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
            for d, g in sorted(_by(t["employees"], "department").items())
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
                for c, g in _by(t["products"], "category").items()
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
        lambda t: _sum(
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
        lambda t: _sum(
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
