"""THE READS: `get_x` raises, `find_x` may return None, `list_x`, `count_x`. The session comes first; no writing.

May import models and workflows. What a person must not see is left out here, in the query, so that no page,
list, count or export can show it by mistake.
"""
