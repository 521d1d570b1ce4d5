"""Why does a metric stand beside nobody else's value?"""

NONE = {}
