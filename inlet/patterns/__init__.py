"""Match events against EventBridge event patterns as AWS does.

This is the project's only matcher: the local environment, the tests and `inlet show` use it. It
follows AWS's own implementation (github.com/aws/event-ruler), undocumented behavior included:

* Patterns and events are flattened to paths of keys joined by `.`, so `{"a.b": …}` and
  `{"a": {"b": …}}` are the same. A value in a list, or in a list in a list, has the list's path.
  Only strings, numbers, booleans and null exist: an empty object or list is absent.
* Values that match must come from the same element of each list that they share.
* Values are compared as JSON text, where a string has its quotes: `"1"`, `1`, `true` and `"true"`
  all differ, and the prefix `a"` matches the string `a`.
* A number is comparable if a double represents it exactly as written. Comparable numbers are equal
  by value (300 and 3e2); other numbers equal only themselves, spelled the same.
* A string that is an IP address equals the other spellings of the address.
"""

from inlet.patterns.compiler import compile_pattern, pattern_text
from inlet.patterns.errors import InvalidPattern
from inlet.patterns.matching import Pattern

__all__ = ["InvalidPattern", "Pattern", "compile_pattern", "pattern_text"]
