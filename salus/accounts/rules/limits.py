"""How often something may be tried: a token bucket told by one instant (the generic cell rate algorithm)."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Limit:
    """`burst` at once, then one each `every`."""

    burst: int
    every: timedelta

    @property
    def depth(self) -> timedelta:
        """How far ahead of now a full bucket stands."""
        return self.every * self.burst


#: wrong guesses at one account from one address
ACCOUNT_AND_ADDRESS = Limit(10, timedelta(minutes=1))
#: wrong guesses at one account from anywhere, from devices that the account does not know
ACCOUNT = Limit(20, timedelta(minutes=2))
#: wrong guesses from one address at any account: a hospital behind one address mistypes, too
ADDRESS = Limit(100, timedelta(seconds=5))
#: wrong guesses at one account from a device on which its owner has signed in before: never used up by others
KNOWN_DEVICE = Limit(10, timedelta(seconds=30))
#: wrong codes of a second factor for one account: a million codes, three of them right at any time
SECOND_FACTOR = Limit(5, timedelta(minutes=5))
#: wrong PINs in one session; then the password
PIN = Limit(5, timedelta(hours=2))
#: wrong proofs of somebody who is signed in
SIGN_AGAIN = Limit(10, timedelta(minutes=1))
#: unsuccessful passkeys, recoveries, directory answers from one address
OTHER_WAYS = Limit(60, timedelta(seconds=10))
#: one-time codes asked for at the patients' own door: to one contact, and from one address (a ward's guests share one)
CODES_TO_CONTACT = Limit(5, timedelta(minutes=3))
CODES_FROM_ADDRESS = Limit(60, timedelta(seconds=30))
#: to one contact in a day: a number that is not the asker's is nobody's to ring all night
CODES_TO_CONTACT_A_DAY = Limit(10, timedelta(hours=2))
#: of one facility to whoever registers: messages cost, and a stranger chooses where they go
CODES_TO_NEWCOMERS = Limit(200, timedelta(seconds=30))
#: the same to a contact from a device on which its owner has signed in before: never used up by others
CODES_KNOWN_DEVICE = Limit(5, timedelta(minutes=1))
#: codes of invitations that do not fit, from one address
INVITATIONS = Limit(10, timedelta(minutes=1))
