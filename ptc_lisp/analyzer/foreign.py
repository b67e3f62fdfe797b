"""Names that writers reach for and that the language does not have, with what to write instead.

A name that becomes a builtin, a special form or a definition of the program never gets here.
"""

from __future__ import annotations

_STATE = "there is no mutable state: carry the value through reduce or loop/recur, or keep it with (def name value)"
_ERRORS = (
    "there are no exceptions: use functions that give nil for bad input (parse-long, get), test with if, "
    "and end the program with (fail reason)"
)
_MACROS = "there are no macros: write a function with defn"
_NAMESPACES = "there are no namespaces to declare and nothing to load: leave the form out, str/… set/… json/… Math/… just work"
_LAZY = "everything is eager: use map, filter, range or iterate with take"
_RANDOM = "programs are deterministic, there is no randomness: let the host pass such values in as data/…"
_FILES = "there is no file or network access: read data/… and call tool/…"
_TYPES = "there are no classes or types to define: use maps with keyword keys"
_PROTOCOLS = "there are no protocols or multimethods: dispatch with case or cond"
_HASHES = "identity hashes do not exist here: values are equal by content, any value can be a map key"
_THREADS = "there are no threads: use (pmap f coll) or (pcalls f g)"
_EVAL = "programs cannot evaluate text: use json/parse-string or parse-long for data"
_TRANSDUCE = "there are no transducers: thread the collection through with (->> coll (map f) (reduce g init))"
_PRINT = "write (println x)"
_SORTED = "maps and sets keep insertion order: order the items with sort or sort-by when you read them"

FOREIGN: dict[str, str] = {
    # Clojure that is left out on purpose
    **dict.fromkeys(
        ("atom", "swap!", "reset!", "deref", "volatile!", "vswap!", "vreset!", "ref", "ref-set", "alter", "dosync",
         "agent", "send", "add-watch", "set!", "compare-and-set!", "transient", "persistent!", "conj!", "assoc!",
         "dissoc!", "binding", "var-set", "alter-var-root", "delay", "force"),
        _STATE,
    ),
    **dict.fromkeys(
        ("try", "catch", "finally", "throw", "ex-info", "ex-data", "ex-message", "assert", "raise", "Exception.",
         "Error.", "error", "except", "with-open"),
        _ERRORS,
    ),
    **dict.fromkeys(("defmacro", "macroexpand", "gensym", "macrolet"), _MACROS),
    **dict.fromkeys(("ns", "require", "use", "import", "in-ns", "refer", "load", "load-file", "include", "from"), _NAMESPACES),
    **dict.fromkeys(("lazy-seq", "lazy-cat", "iterator-seq", "realized?", "repeatedly", "line-seq"), _LAZY),
    **dict.fromkeys(("rand", "rand-int", "rand-nth", "shuffle", "random-uuid", "random-sample", "random"), _RANDOM),
    **dict.fromkeys(("slurp", "spit", "read-line", "open", "with-out-str", "with-in-str", "fetch", "curl"), _FILES),
    **dict.fromkeys(("defrecord", "deftype", "defstruct", "class", "instance?", "new", "reify", "proxy", "gen-class", "bean"), _TYPES),
    **dict.fromkeys(("defprotocol", "extend-type", "extend-protocol", "defmulti", "defmethod", "extend"), _PROTOCOLS),
    **dict.fromkeys(("hash", "identical?", "System/identityHashCode"), _HASHES),
    **dict.fromkeys(("future", "promise", "deliver", "thread", "go", "chan", "async", "await", "Thread/sleep", "sleep"), _THREADS),
    **dict.fromkeys(("eval", "read-string", "read", "load-string", "resolve"), _EVAL),
    **dict.fromkeys(("transduce", "eduction", "sequence", "completing", "ensure-reduced", "halt-when", "cat"), _TRANSDUCE),
    **dict.fromkeys(("sorted-map", "sorted-map-by", "sorted-set", "sorted-set-by", "subseq", "rsubseq", "rseq"), _SORTED),
    "while": "there is no while, because nothing changes in place: use (loop [i 0] (if (< i 10) (recur (inc i)) i))",
    "var": "write #'name, or the name itself",
    "with-redefs": _STATE,
    "time": "there is no timer: the host measures every run",
    "uuid?": "uuids are strings here: test with string? and re-matches",
    "bigdec": "numbers are integers of any size and floats: leave the conversion out",
    "bigint": "integers have any size: leave the conversion out",
    "rationalize": "there are no ratios: / gives a float",
    "numerator": "there are no ratios: / gives a float",
    "char": 'characters are one-character strings: write "a" or \\a',
    "lazy": _LAZY,
    # Other languages
    "null": "write nil",
    "None": "write nil",
    "undefined": "write nil",
    "NULL": "write nil",
    "Nil": "write nil",
    "True": "write true",
    "False": "write false",
    "len": "write (count coll)",
    "length": "write (count coll)",
    "size": "write (count coll)",
    "append": "write (conj vector item), or (concat a b) for two collections",
    "push": "write (conj vector item)",
    "extend-list": "write (into a b)",
    "add": "write (+ a b) for numbers or (conj coll item) for collections",
    "print": _PRINT,
    "printf": 'write (println (format "%s" x))',
    "console.log": _PRINT,
    "print-str": "write (str x) or (pr-str x)",
    "display": _PRINT,
    "echo": _PRINT,
    "def-fn": "write (defn name [args] body)",
    "defun": "write (defn name [args] body)",
    "function": "write (fn [args] body) or (defn name [args] body)",
    "func": "write (fn [args] body)",
    "lambda": "write (fn [x] body) or #(inc %)",
    "λ": "write (fn [x] body) or #(inc %)",
    "define": "write (def name value) or (defn name [args] body)",
    "setq": "write (def name value), or let for a local",
    "set-var": "write (def name value)",
    "var!": "write (def name value)",
    "const": "write (def name value), or (let [name value] …)",
    "let*": "write (let [a 1 b (inc a)] …): let is already sequential",
    "letrec": "write (letfn [(f [x] …)] …)",
    "progn": "write (do …)",
    "begin": "write (do …)",
    "else": "in cond write :else, in if the third form is the else branch",
    "elif": "write (cond test1 value1 test2 value2 :else value3)",
    "elsif": "write (cond test1 value1 test2 value2 :else value3)",
    "otherwise": "in cond write :else",
    "unless": "write (when-not test …) or (if-not test a b)",
    "switch": "write (case x 1 :one 2 :two :other)",
    "match": "write (case x …) for constants or (cond …) for tests",
    "foreach": "write (doseq [x coll] …) or (map f coll)",
    "for-each": "write (doseq [x coll] …) or (run! f coll)",
    "forEach": "write (doseq [x coll] …)",
    "in": "write (contains? set-or-map x) or (some #{x} coll)",
    "member": "write (some #{x} coll)",
    "includes": "write (str/includes? text part) or (some #{x} coll)",
    "is": "write (= a b)",
    "equal": "write (= a b)",
    "eq": "write (= a b)",
    "equals": "write (= a b)",
    "!=": "write (not= a b)",
    "/=": "write (not= a b)",
    "==>": "write (->> …)",
    "|>": "write (-> …) or (->> …)",
    "%": "write (mod a b)",
    "**": "write (pow a b)",
    "//": "write (quot a b)",
    "&&": "write (and a b)",
    "||": "write (or a b)",
    "!": "write (not x)",
    "car": "write (first coll)",
    "cdr": "write (rest coll)",
    "cadr": "write (second coll)",
    "head": "write (first coll)",
    "tail": "write (rest coll)",
    "fold": "write (reduce f init coll)",
    "foldl": "write (reduce f init coll)",
    "inject": "write (reduce f init coll)",
    "collect": "write (map f coll)",
    "select": "write (filter pred coll), or (select-keys m ks) for keys of a map",
    "where": "write (filter pred coll)",
    "lower": "write (str/lower-case s)",
    "upper": "write (str/upper-case s)",
    "strip": "write (str/trim s)",
    "substring": "write (subs s start end)",
    "substr": "write (subs s start end)",
    "strcat": "write (str a b)",
    "string": "write (str x)",
    "to-string": "write (str x)",
    "toString": "write (str x)",
    "float->string": "write (str x)",
    "parseInt": "write (parse-long s)",
    "parseFloat": "write (parse-double s)",
    "string->number": "write (parse-long s) or (parse-double s)",
    "number->string": "write (str n)",
    "dict": "write a map: {:a 1}, or (into {} pairs)",
    "object": "write a map: {:a 1}",
    "tuple": "write a vector: [a b]",
    "array": "write a vector: [a b]",
    "sorted": "write (sort coll) or (sort-by key coll)",
    "reversed": "write (reverse coll)",
    "enumerate": "write (map-indexed (fn [i x] [i x]) coll)",
    "isinstance": "write (string? x), (number? x), (map? x) …",
    "typeof": "write (type x)",
    "mean": "write (avg coll)",
    "average": "write (avg coll), or (avg-by :key coll)",
    "unique": "write (distinct coll)",
    "uniq": "write (distinct coll)",
    "values": "write (vals m)",
    "items": "write (seq m): the [key value] pairs of a map",
    "has-key?": "write (contains? m k)",
    "hash-get": "write (get m k)",
    "getattr": "write (get m k)",
    "this": "there are no objects: pass the map as an argument",
    "self": "there are no objects: pass the map as an argument",
    "now": "write (java.util.Date.) for the present time",
    "data": "name what you need: data/orders",
    "tool": 'name the tool: (tool/search {:query "cats"})',
}  # fmt: skip

OPAQUE = frozenset(
    ("defmacro", "try", "catch", "finally", "ns", "require", "use", "import", "in-ns", "refer", "defrecord", "deftype",
     "defprotocol", "extend-type", "extend-protocol", "defmulti", "defmethod", "reify", "proxy", "binding", "var",
     "with-open", "with-redefs", "function", "func", "lambda", "λ", "defun", "define", "def-fn", "setq", "set!", "const",
     "let*", "letrec", "foreach", "for-each", "switch", "match", "class", "gen-class", "macrolet", "dosync", "go",
     "include", "from", "load", "transduce", "eduction", "sequence"),
)  # fmt: skip
"""Those whose arguments are not expressions of this language: what is inside them is not checked."""
