#!/usr/bin/env python3
"""Check, without the hospital's software, that an entry is in its log of who saw your record.

    python3 check_proof.py proof.json --key 64-HEX-DIGITS

`proof.json` is what the hospital gave you; the key is its public key, which it publishes (salus audit head prints it). The
script needs Python 3.9 or newer and nothing else. It says what the entry is, and exits with 0 only if all of it holds:

 1. The entry's text has the hash that stands in its batch: SHA-256 over a zero byte and the text (RFC 6962).
 2. A path of hashes leads from it to the batch's root, which the batch's text names.
 3. A path of hashes leads from the batch to the log's root, which the head's text names.
 4. The head is signed by the hospital's key (Ed25519, RFC 8032).

Whoever has the head of an older day, from a newspaper or a notary, can ask for a proof under that head too.
"""

import argparse
import hashlib
import json
import sys


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def leaf(text: str) -> bytes:
    return hashlib.sha256(b"\0" + text.encode()).digest()


def root(of: bytes, position: int, size: int, path: list) -> bytes:
    """The root of a tree of that size that this path leads to (RFC 9162, 2.1.3.2)."""
    last, rest = size - 1, [bytes.fromhex(one) for one in path]
    if not 0 <= position < size:
        raise ValueError("the position is not in the tree")
    while last:
        if position & 1:
            of = node(rest.pop(0), of)
        elif position < last:
            of = node(of, rest.pop(0))
        position, last = position >> 1, last >> 1
    if rest:
        raise ValueError("the path is too long")
    return of


# ---------------------------------------------------------------- Ed25519 (RFC 8032, section 6), only to check

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def add(a, b):
    u, v = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    w, z = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = v - u, z - w, z + w, v + u
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number, point):
    total = (0, 1, 1, 0)
    while number:
        if number & 1:
            total = add(total, point)
        point, number = add(point, point), number >> 1
    return total


def x_of(y, sign):
    if y >= P:
        raise ValueError("no point")
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (not square and sign):
        raise ValueError("no point")
    return P - x if (x & 1) != sign else x


def point_of(data):
    if len(data) != 32:
        raise ValueError("a point has 32 bytes")
    y = int.from_bytes(data, "little")
    y, sign = y & ((1 << 255) - 1), y >> 255
    x = x_of(y, sign)
    return x, y, 1, x * y % P


def same(a, b):
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def is_signed(key: bytes, text: bytes, signature: bytes) -> bool:
    if len(signature) != 64:
        return False
    try:
        public, r = point_of(key), point_of(signature[:32])
    except ValueError:
        return False
    s = int.from_bytes(signature[32:], "little")
    if s >= L:
        return False
    y = 4 * pow(5, P - 2, P) % P
    base = (x_of(y, 0), y, 1, x_of(y, 0) * y % P)
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + text).digest(), "little") % L
    return same(times(s, base), add(r, times(h, public)))


# ---------------------------------------------------------------- the proof


def check(proof: dict, key: bytes) -> str:
    """What is wrong with a proof, or nothing."""
    batch, head = proof["batch"], proof["head"]
    told_batch, told_head = json.loads(batch["text"]), json.loads(head["text"])
    if told_batch[0] != "salus.batch" or told_head[0] != "salus.head":
        return "this is no proof of Salus"
    number, size, batch_root = told_batch[1], told_batch[8], bytes.fromhex(told_batch[9])
    batches, head_root = told_head[2], bytes.fromhex(told_head[4])
    if root(leaf(proof["entry"]), batch["position"], size, batch["path"]) != batch_root:
        return "the entry is not in its batch"
    if root(leaf(batch["text"]), number - 1, batches, head["path"]) != head_root:
        return "the batch is not under the head"
    if not is_signed(key, head["text"].encode(), bytes.fromhex(head["signature"])):
        return "the head was not signed with this key"
    return ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("proof", help="the file that the hospital gave you")
    parser.add_argument("--key", required=True, help="the hospital's public key, in hexadecimal")
    asked = parser.parse_args()
    try:
        with open(asked.proof, encoding="utf-8") as file:
            proof = json.load(file)
        wrong = check(proof, bytes.fromhex(asked.key))
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        wrong = f"the proof cannot be read: {error}"
    if wrong:
        print(f"NOT PROVED: {wrong}", file=sys.stderr)
        return 1
    print("proved: this entry stands in the log")
    print(proof["entry"])
    print(f"under head {json.loads(proof['head']['text'])[1]} of {json.loads(proof['head']['text'])[6]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
