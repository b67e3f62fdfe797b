"""Tasks over one table: counting and ranking."""

from __future__ import annotations

from statistics import fmean, median

from benchmarks.agents.data import Tables, total
from benchmarks.agents.task import Task, one


def _budget(t: Tables) -> int:
    left, bought = 300.0, 0
    prices = sorted(p["price"] for p in t["products"] if p["category"] == "books" and p["status"] == "active")
    for price in prices:
        if price > left:
            break
        left, bought = left - price, bought + 1
    return bought


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
        lambda t: total(t["orders"], "total"),
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
