"""Program text to forms with places. What a model or a person may write is `grammar.lark`; nothing is run here."""

from ptc_lisp.reader.balance import incomplete, repair
from ptc_lisp.reader.program import NeedsParser, leave_parser_out, need_parser, read, warm_up

__all__ = [
    "NeedsParser",
    "incomplete",
    "leave_parser_out",
    "need_parser",
    "read",
    "repair",
    "warm_up",
]
