"""The unified social credit code of a Chinese enterprise (GB 32100-2015): 18 signs, the last of them a check."""

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I, O, S, V, Z
LENGTH = 18
BASE = len(ALPHABET)


def is_credit_code(typed: str) -> bool:
    """Say whether 18 signs form a code whose check sign fits."""
    return len(typed) == LENGTH and all(sign in ALPHABET for sign in typed) and check_sign(typed[:-1]) == typed[-1]


def check_sign(first: str) -> str:
    """Return the check sign of the first 17: weights are powers of three, modulo 31."""
    total = sum(ALPHABET.index(sign) * pow(3, place, BASE) for place, sign in enumerate(first))
    return ALPHABET[-total % BASE]


def normalised_code(typed: str) -> str:
    """Return a typed code without spaces and hyphens, in capitals."""
    return "".join(sign for sign in typed.upper() if sign.isalnum())
