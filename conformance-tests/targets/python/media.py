"""Signatures of image and video data, of PDF files and archives. docs/spec/referral.md, REX-REF-071

Of the table, these rows are missing: bare JPEG XL, BMP without file header, PCX, Netpbm, SGI, Sun, DPX, Cineon, FITS, XWD, PICT, DICOM, XPM,
XBM, SWF, H.264, H.265, DV, MPEG video and transport streams, zstd, lzip and LZ4.
"""
import re

SEGMENT_NAMES = rb'JFIF\0|JFXX\0|Exif\0|http://ns\.adobe\.com/|ICC_PROFILE\0|MPF\0|Photoshop 3\.0|Adobe\0?|Ducky|SPIFF\0|CIFF|AVI1'
SIGNATURES = re.compile(
    rb'|'.join((
        rb'\0\0\0\x0c(?:jP  |JXL )\r\n\x87\n', rb'II\xbc\x01\x20\0\0\0', rb'(?:\x89PNG|\x8bJNG|\x8aMNG)\r\n\x1a\n',
        rb'GIF8[79]a', rb'BM.{12}[\x0c\x10\x28\x34\x38\x40\x6c\x7c]\0\0\0', rb'II\x2b\0\x08\0\0\0|MM\0\x2b\0\x08\0\0', rb'TRUEVISION-XFILE\.',
        rb'DDS \x7c\0\0\0', rb'8BPS\0[\x01\x02]\0{6}', rb'qoif\0\0..\0\0..[\x03\x04][\0\x01]', rb'\x76\x2f\x31\x01\x02\0\0\0', rb'#\?RADIANCE\n',
        rb'gimp xcf ', rb'id=ImageMagick', rb'FUJIFILMCCD-RAW ', rb'\xd7\xcd\xc6\x9a\0\0', rb'\x01\0\0\0.{36} EMF', rb'AT&TFORM',
        rb'%!PS-Adobe-[^\n]{0,20}EPSF-', rb'RIF[FX].{4}(?:WEBPVP8|AVI LIST|AVI JUNK|ACON|RMMP|RDIB)',
        rb'\x1a\x45\xdf\xa3.{0,60}?(?:matroska|webm)', rb'FLV\x01.\0\0\0\x09', rb'\x30\x26\xb2\x75\x8e\x66\xcf\x11', rb'\xb7\xd8\0\x20\x37\x49\xda\x11',
        rb'\.RMF\0\0\0', rb'\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02', rb'nut/multimedia container', rb'DKIF\0\0', rb'YUV4MPEG2 ',
        rb'OggS\0.{22,58}?(?:theora|\x80daala|BBCD\0|OVP80|video\0\0\0)', rb'\0\0\x01\xba[\x21\x44].{4}',
        rb'PK\x03\x04[\x0a-\x3f]\0..[\0\x08\x09\x0c\x0e\x5f\x63]\0', rb'7z\xbc\xaf\x27\x1c', rb'Rar!\x1a\x07', rb'\xfd7zXZ\0', rb'BZh[1-9]1AY&SY', rb'MSCF\0\0\0\0',
        rb'....(?:ftyp|styp)[ -~]{4}', rb'....(?:moov|moof).{4}(?:mvhd|mfhd|cmov)',
        rb'\xff\xd8\xff{0,64}[\xc0-\xfe]..', rb'(?:II\x2a\0|MM\0\x2a)....', rb'\0\0[\x01\x02]\0[\x01-\x40]\0', rb'%PDF-\d\.\d[\r\n]',
    )),
    re.S,
)  # fmt: skip
SVG = re.compile(rb'<(?:[a-z_][\w.-]*:)?svg(?:[\t\n\r -~]{10}|[\t\n\r -~]*$)', re.I)


def jpeg_segment(data, at):
    """Returns whether there is a well-formed segment at a marker (ITU-T T.81), and whether this segment alone proves a JPEG."""
    marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], 'big')
    body = data[at + 4 : at + 24]
    if length < 3 or not body:
        return False, False
    if marker == 0xDB:
        return 67 <= length <= 520 and body[0] >> 4 <= 1 and body[0] & 15 <= 3, True
    if marker == 0xC4:
        return length >= 20 and body[0] >> 4 <= 1 and body[0] & 15 <= 3, True
    if marker in (0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF, 0xDE, 0xF7):
        return len(body) > 5 and 1 <= body[5] <= 4 and length == 8 + 3 * body[5] and body[0] <= 16, True
    if marker == 0xDA:
        return 1 <= body[0] <= 4 and length == 6 + 2 * body[0], True
    if 0xE0 <= marker <= 0xEF:
        return True, re.match(SEGMENT_NAMES, body, re.S) is not None
    return marker == 0xFE, re.match(rb'[ -~]{12}', body) is not None


def is_jpeg(data, at):
    marker = at + 2
    while data[marker + 1 : marker + 2] == b'\xff':
        marker += 1
    for _ in range(3):
        if len(data) < marker + 5 or data[marker] != 0xFF:
            return False
        legal, enough = jpeg_segment(data, marker)
        if not legal or enough:
            return legal
        marker += 2 + int.from_bytes(data[marker + 2 : marker + 4], 'big')
    return True


def is_tiff(data, at):
    order = 'little' if data[at : at + 2] == b'II' else 'big'
    offset = int.from_bytes(data[at + 4 : at + 8], order)
    if at + offset + 2 > len(data):
        return offset >= 8 and offset % 2 == 0 and offset < 2**20
    return offset >= 8 and 1 <= int.from_bytes(data[at + offset : at + offset + 2], order) <= 256


def is_icon(data, at):
    count = data[at + 4]
    first = data[at + 6 : at + 22]
    return len(first) == 16 and first[3] == 0 and int.from_bytes(first[12:16], 'little') == 6 + 16 * count


def is_gif(data, at):
    width, height = (int.from_bytes(data[at + place : at + place + 2], 'little') for place in (6, 8))
    if len(data) < at + 10 or not width or not height:
        return False
    colours = 3 << (data[at + 10] & 7) + 1 if len(data) > at + 10 and data[at + 10] & 0x80 else 0
    return (width < 8192 and height < 8192) or data[at + 13 + colours : at + 14 + colours] in (b'\x21', b'\x2c', b'\x3b')


def is_box(data, at):
    return 12 <= int.from_bytes(data[at : at + 4], 'big') <= 1024 or data[at + 4 : at + 8] in (b'moov', b'moof')


def is_pdf(data, at):
    return any(byte not in b'\t\r\n' and not 32 <= byte < 127 for byte in data[at : at + 40])


STRUCTURES = [(b'\xff\xd8', is_jpeg), (b'II\x2a\0', is_tiff), (b'MM\0\x2a', is_tiff), (b'\0\0\1\0', is_icon), (b'\0\0\2\0', is_icon),
              (b'GIF', is_gif), (b'%PDF', is_pdf)]  # fmt: skip
BOXES = re.compile(b'ftyp|styp|moov|moof')


def found(data):
    """Returns whether there is media data anywhere in the bytes."""
    if SVG.search(data):
        return True
    at = 0
    while match := SIGNATURES.search(data, at):
        at = match.start()
        checks = [check for start, check in STRUCTURES if data.startswith(start, at)]
        if BOXES.match(data, at + 4):
            checks = [is_box]
        if all(check(data, at) for check in checks):
            return True
        at += 1
    return False
