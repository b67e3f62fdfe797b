"""The terminals of the grammar as regular expressions, as the parser library makes them of `grammar.lark`.

A copy, so that reading a plain program needs no parser. A test compares it with the grammar and prints what has to stand here.
"""

from __future__ import annotations

TERMINALS = {
    "LPAR": "\\(",
    "RPAR": "\\)",
    "LBRACK": "\\[",
    "RBRACK": "\\]",
    "LBRACE": "\\{",
    "RBRACE": "\\}",
    "SET_OPEN": "\\#\\{",
    "FN_OPEN": "\\#\\(",
    "VAR": "\\#'",
    "DISCARD": "\\#_",
    "QUOTE": "'",
    "META": "\\^",
    "NUMBER": "[+\\-]?[0-9]+(\\.[0-9]+)?([eE][+\\-]?[0-9]+)?",
    "SPECIAL": "(?:\\#\\#\\-Inf|\\#\\#Inf|\\#\\#NaN)",
    "STRING": '"[^"\\\\]*(\\\\.[^"\\\\]*)*"',
    "REGEX": '#"[^"\\\\]*(\\\\.[^"\\\\]*)*"',
    "CHAR": "\\\\(newline|space|tab|return|backspace|formfeed|u[0-9a-fA-F]{4}|.)",
    "KEYWORD": ":[A-Za-z0-9+\\-*<>=?!_]+",
    "SYMBOL": "[A-Za-z*\\/<>=?!_%.&$][A-Za-z0-9+\\-*\\/<>=?!_%.&$']*|[+\\-]([A-Za-z+\\-*\\/<>=?!_%.&$'][A-Za-z0-9+\\-*\\/<>=?!_%.&$']*)?",
    "WHITESPACE": "[ \t\r\n,]+",
    "COMMENT": ";[^\n]*",
    "LEADING": "([ \t\r\n,]|;[^\n]*)+",
}
