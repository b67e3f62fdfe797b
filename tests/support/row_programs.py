"""Random programs that go through rows of data, in the ways in which models write them. Deterministic by seed."""

from __future__ import annotations

import random

FIELDS = ["id", "amount", "region", "customer-name", "tags", "address", "none"]
_NUMBERS = [
    "(:amount $r)",
    '(get $r "amount" 0)',
    "(get $r :amount)",
    '(get $r "id")',
    "(:id $r)",
    "(count (:tags $r))",
    "(or (:amount $r) 0)",
    "1",
]
_TESTS = [
    "(> (or (:amount $r) 0) 20)", '(= (:region $r) "north")', "(:active $r)", "(some? (:address $r))", "(not (:none $r))",
    '(= (get-in $r [:address :city]) "Oslo")', "(contains? $r :region)", '(some #{"a"} (:tags $r))', "(even? (:id $r))",
    "(and $r (:region $r))", "(= $r $r)", "(map? $r)", "(not-empty $r)", "(every? string? (:tags $r))",
]  # fmt: skip
_VALUES = [
    *_NUMBERS, "(:region $r)", "(:customer-name $r)", '(get $r "customer-name")', '(get-in $r ["address" "zip"] 0)', "(get-in $r [:address :city])",
    '($r "region")', "($r :id)", "(:city (:address $r))", "(first (:tags $r))",
    "[(:id $r) (:region $r)]", "{:id (:id $r) :n (:amount $r)}", "(select-keys $r [:id :region])", "(str (:region $r) (:id $r))",
    "(let [{:keys [id amount] :or {amount 5}} $r] [id amount])", "(let [{a :amount :as whole} $r] (if a a whole))", "$r",
    "(keys $r)", "(assoc $r :x 1)", "(count $r)", "(:none $r :absent)", '(case (:region $r) "north" 1 2)', "(get $r k)",
    "(tool/echo {:x (:id $r)})", "(do (println (:id $r)) 1)", "(update {:s 1} :s (fn [s] (+ s (or (:amount $r) 0))))", "(last (vals $r))",
]  # fmt: skip
_SELECTORS = [
    ":region", ":amount", '"region"', "[:address :city]", "(fn [x] (:region x))", "#(str (:id %))", "(juxt :region :id)",
    "(comp count :tags)", ":customer-name", "[:id]", "pick", "(comp str :amount)", "identity",
]  # fmt: skip


class RowWriter:
    """Writes one program about `data/rows`, and `data/shop`, a map with rows inside."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.count = 0

    def program(self) -> str:
        """Its text."""
        forms = ["(def k :id)", f"(defn pick [x] {self.value('x', 1)})"]
        if self.rng.random() < 0.3:
            forms.append(f"(defn later [] {self.answer(2)})")
        forms += [self.answer(3) for _ in range(self.rng.randrange(1, 3))]
        return "\n".join(forms)

    def fresh(self) -> str:
        self.count += 1
        return f"r{self.count}"

    def pick(self, shapes: list[str], row: str) -> str:
        return self.rng.choice(shapes).replace("$r", row)

    def value(self, row: str, depth: int) -> str:
        """Something about a row."""
        if depth and self.rng.random() < 0.1:
            return f"(if {self.pick(_TESTS, row)} {self.value(row, depth - 1)} {self.value(row, depth - 1)})"
        return self.pick(_VALUES, row)

    def fn(self, shapes: list[str]) -> str:
        row = self.fresh()
        match self.rng.randrange(5):
            case 0:
                return f"#{self.pick([s for s in shapes if s.startswith('(') and '#' not in s and 'fn' not in s], '%')}"
            case 1:
                return self.rng.choice(
                    ["pick", ":active", ":id", "(complement :active)", "(comp :city :address)"]
                )
            case 2:
                field = self.rng.choice(FIELDS[:4])
                return f"(fn [{{:keys [{field} id]}}] (and {field} id))"
            case _:
                return f"(fn [{row}] {self.pick(shapes, row)})"

    def rows(self, depth: int) -> str:
        """A vector of rows."""
        if depth <= 0:
            return self.rng.choice(
                ["data/rows"] * 5 + ["(:orders data/shop)", '(get data/shop "orders")', "(vec data/rows)"]
            )
        inner = self.rows(depth - 1)
        return self.rng.choice(
            [
                lambda: f"(filter {self.fn(_TESTS)} {inner})",
                lambda: f"(->> {inner} (remove {self.fn(_TESTS)}))",
                lambda: f"(sort-by {self.rng.choice(_SELECTORS)} {inner})",
                lambda: f"(sort-by :amount > {inner})",
                lambda: f"(take {self.rng.randrange(4)} {inner})",
                lambda: f"(into [] {inner})",
                lambda: f"(concat {inner} {self.rows(0)})",
                lambda: f"(mapcat val (group-by {self.rng.choice(_SELECTORS)} {inner}))",
                lambda: f"(distinct-by {self.rng.choice(_SELECTORS)} {inner})",
                lambda: f"(mapcat second (sort-by key (group-by :region {inner})))",
                lambda: f"(for [{(r := self.fresh())} {inner} :when {self.pick(_TESTS, r)}] {r})",
                lambda: f"(let [xs {inner}] (if (seq xs) (rest xs) xs))",
                lambda: (
                    f"(loop [xs {inner} out []] (if (empty? xs) out (recur (rest xs) (conj out (first xs)))))"
                ),
                lambda: f"(map first (partition-by :region {inner}))",
                lambda: f"(map (fn [[k v]] (first v)) (group-by :region {inner}))",
                lambda: f"(sort (fn [a b] (< (:id a) (:id b))) {inner})",
                lambda: f"(keep (fn [x] (when (:active x) x)) {inner})",
                lambda: f"(apply concat (map (fn [x] [x x]) {inner}))",
            ]
        )()

    def row(self, depth: int) -> str:
        """One row."""
        inner = self.rows(depth - 1)
        best = "(fn [best x] (if (> (or (:amount x) 0) (or (:amount best) 0)) x best))"
        return self.rng.choice(
            [
                f"(first {inner})", f"(last {inner})", f"(nth {inner} 1)", f"(max-by :amount {inner})", f"(get {inner} 0)",
                f"(apply max-key :id {inner})", f"(reduce {best} {inner})", f"(some (fn [x] (when (:active x) x)) {inner})",
                f"(second {inner})", f"(let [[a & more] {inner}] (or a (first more)))", f"(first (filter :active {inner}))",
            ]
        )  # fmt: skip

    def answer(self, depth: int) -> str:
        """What the program is about."""
        inner = self.rows(self.rng.randrange(depth))
        add = "(fn [acc x] (+ acc (or (:amount x) 0)))"
        tally = "(fn [m x] (update m (:region x) (fn [n] (+ (or n 0) (:id x)))))"
        walk = "(fn walk [xs n] (if (empty? xs) n (walk (rest xs) (+ n (:id (first xs))))))"
        return self.rng.choice(
            [
                lambda: f"(map {self.fn(_VALUES)} {inner})",
                lambda: f"(reduce + (map {self.fn(_NUMBERS)} {inner}))",
                lambda: f"(reduce {add} 0 {inner})",
                lambda: f"(reduce {tally} {{}} {inner})",
                lambda: f"(count {inner})",
                lambda: f"(frequencies (map {self.fn(_VALUES)} {inner}))",
                lambda: f"(sum-by {self.rng.choice(_SELECTORS)} {inner})",
                lambda: f"(update-vals (group-by {self.rng.choice(_SELECTORS)} {inner}) count)",
                lambda: f"(update-vals (group-by :region {inner}) (fn [g] (sum-by :amount g)))",
                lambda: (
                    f"(into {{}} (map (fn [[g xs]] [g (reduce + (keep :amount xs))]) (group-by :region {inner})))"
                ),
                lambda: (
                    f"(reduce-kv (fn [m g xs] (assoc m g (count (filter :active xs)))) {{}} (group-by :region {inner}))"
                ),
                lambda: f"(let [x {self.row(depth)}] {self.value('x', 1)})",
                lambda: f"(every? {self.fn(_TESTS)} {inner})",
                lambda: f"(doseq [x {inner}] (println {self.value('x', 1)}))",
                lambda: f"({walk} {inner} 0)",
                lambda: f"(loop [xs {inner} n 0] (if (seq xs) (recur (next xs) (+ n (:id (first xs)))) n))",
                lambda: f"(pmap (fn [x] (tool/echo {{:x (:id x)}})) {inner})",
                lambda: (
                    f"(defn total [xs] (reduce + (keep :amount xs))) (/ (total {inner}) (max 1 (count data/rows)))"
                ),
                lambda: f"(let [by (fn [f xs] (map f xs))] (by :id {inner}))",
                lambda: f"(task :t {self.row(depth)})",
                lambda: f"(return {self.row(depth)})",
                lambda: f"(let [x {self.row(depth)} f (fn [] (:id x))] [(f) f])",
                lambda: f"(def kept {self.row(depth)}) (:region kept)",
                lambda: "[(:name data/shop) (count (:orders data/shop))]",
                lambda: self.rows(depth),
                lambda: self.row(depth),
                lambda: "(map :id data/odd)",
                lambda: "(reduce + (map :a (:xs data/odd)))",
            ]
        )()
