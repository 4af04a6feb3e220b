"""How often a private calendar may be read."""

from datetime import timedelta

from salus.accounts.rules.limits import Limit

#: one link: calendar programs ask every quarter of an hour or less often, on several devices
FEED_READS = Limit(30, timedelta(minutes=1))
#: links that lead nowhere, from one address
FEED_MISSES = Limit(20, timedelta(minutes=1))
