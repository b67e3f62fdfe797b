"""PTC-Lisp: a small, safe, deterministic Clojure subset for programs that language models write."""
