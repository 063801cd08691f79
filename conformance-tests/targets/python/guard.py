"""The content guard. docs/spec/referral.md, REX-REF-070 to 072

Of the views of REX-REF-072, these are missing: base32, base85 and binary digits, uuencode, quoted-printable and escapes, UTF-16, compressed
streams, and neighbouring texts together.
"""
import base64
import re

import media
from errors import Refused

LAYERS = 4
LEAST = 8


def check(strings):
    """Refuses the first of these texts (path and text) that contains media data."""
    for path, text in strings:
        if holds(text.encode('cp1252', 'ignore')) or holds(text.encode()):
            raise Refused('CONTENT_REFUSED', 'media data', path)


def holds(data, layer=0):
    """Returns whether there is media data in bytes, or in the bytes that digits in them encode."""
    if media.found(data) or re.search(rb'data:\s*(?:(?:image|video|audio)/|[^,]{0,200};\s*base64)', data, re.I):
        return True
    return layer < LAYERS and any(holds(decoded, layer + 1) for decoded in decodings(data))


def decodings(data):
    """Yields the bytes that all digits in a text encode as one run, from every digit at which a byte may begin."""
    whole = re.sub(rb'[^A-Za-z0-9+/_-]', b'', data).translate(bytes.maketrans(b'-_', b'+/'))
    apart = re.sub(rb'(?<![A-Za-z0-9+/_-])[A-Za-z]{1,15}(?![A-Za-z0-9+/_=-])', b'', data)
    apart = re.sub(rb'[^A-Za-z0-9+/_-]', b'', apart).translate(bytes.maketrans(b'-_', b'+/'))
    for digits in {whole, apart}:
        for begin in range(4):
            run = digits[begin:]
            if len(run) >= LEAST:
                yield base64.b64decode(run[: len(run) - (len(run) % 4 == 1)] + b'=' * (-(len(run) - (len(run) % 4 == 1)) % 4))
    hexadecimal = re.sub(rb'[^0-9A-Fa-f]', b'', data)
    for begin in range(2):
        run = hexadecimal[begin:]
        if len(run) >= LEAST:
            yield bytes.fromhex(run[: len(run) // 2 * 2].decode())
    numbers = [int(number) for number in re.findall(rb'-?\d{1,3}(?!\d)', data)]
    if len(numbers) >= LEAST:
        yield bytes(number & 255 for number in numbers if -129 < number < 256)
