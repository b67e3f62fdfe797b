"""Program text to forms with places. What a model or a person may write is `grammar.lark`; nothing is run here."""

from ptc_lisp.reader.balance import incomplete, repair
from ptc_lisp.reader.lexicon import GRAMMAR, warm_up
from ptc_lisp.reader.program import read

__all__ = ["GRAMMAR", "incomplete", "read", "repair", "warm_up"]
