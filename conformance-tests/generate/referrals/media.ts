// Texts that hold image data, video data, documents or archives, and texts that only look like them. docs/spec/referral.md, REX-REF-071, REX-REF-072
const latin1 = (text: string) => Buffer.from(text, 'latin1')
const hex = (digits: string) => Buffer.from(digits.replaceAll(' ', ''), 'hex')
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')

/** A title and a text. */
type Sample = readonly [title: string, text: string]

const JPEG = hex('ffd8 ffe0 0010 4a46494600010100000100010000 ffdb0043')

const TAIL = latin1('Fictional. Test traffic. Fictional. Test traffic.')
/** The smallest beginning that suffices for each format, with its structure. */
const BEGINNINGS: Readonly<Record<string, Uint8Array>> = {
  jpeg_2000: hex('0000000c 6a502020 0d0a870a'),
  jpeg_xl: hex('0000000c 4a584c20 0d0a870a'),
  jpeg_xr: hex('4949 bc 01 20000000'),
  jng: latin1('\x8bJNG\r\n\x1a\n'),
  mng: latin1('\x8aMNG\r\n\x1a\n'),
  gif_87: latin1('GIF87a\x10\0\x10\0\x80\0\0\0\0\0\0\0\0,\0\0\0\0'),
  bmp: hex('424d 00000000 00000000 36000000 28000000 10000000 10000000 0100 1800 00000000'),
  tiff: hex('49492a00 08000000 0100 0001 0300 01000000 10000000'),
  tiff_big_endian: hex('4d4d002a 00000008 0001 0100 0003 00000001 00000010'),
  bigtiff: hex('49492b00 08000000 1000000000000000'),
  bigtiff_big_endian: hex('4d4d002b 00080000 0000000000000010'),
  icon: hex('00000100 0100 1010 0000 0100 2000 00010000 16000000'),
  cursor: hex('00000200 0100 1010 0000 0100 0100 00010000 16000000'),
  tga: latin1('TRUEVISION-XFILE.\0'),
  dds: latin1('DDS \x7c\0\0\0\x07\x10\0\0'),
  psd: latin1('8BPS\0\x01\0\0\0\0\0\0\0\x03'),
  psb: latin1('8BPS\0\x02\0\0\0\0\0\0\0\x03'),
  qoi: latin1('qoif\0\0\0\x10\0\0\0\x10\x03\0'),
  openexr: hex('762f3101 02000000 6368616e'),
  radiance: latin1('#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n'),
  xcf: latin1('gimp xcf file\0'),
  miff: latin1('id=ImageMagick  version=1.0'),
  raf: latin1('FUJIFILMCCD-RAW 0201'),
  wmf: hex('d7cdc69a 0000 00000000 00010001'),
  emf: Buffer.concat([hex('01000000'), new Uint8Array(36), latin1(' EMF\0\0\x01\0')]),
  djvu: latin1('AT&TFORM\0\0\x01\0DJVU'),
  pdf: latin1('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n'),
  eps: latin1('%!PS-Adobe-3.0 EPSF-3.0\n'),
  segment: latin1('\0\0\0\x18stypmsdh\0\0\0\0msdhmsix'),
  quicktime: latin1('\0\0\x01\0moov\0\0\0\x6cmvhd\0\0\0\0'),
  fragment: latin1('\0\0\0\x68moof\0\0\0\x10mfhd\0\0\0\0'),
  avi: latin1('RIFF\0\x10\0\0AVI LIST'),
  animated_cursor: latin1('RIFF\0\x10\0\0ACONanih'),
  matroska: Buffer.concat([hex('1a45dfa3 a3 4286 81 01 4282 88'), latin1('matroska')]),
  webm: Buffer.concat([hex('1a45dfa3 9f 4286 81 01 4282 84'), latin1('webm')]),
  flv: latin1('FLV\x01\x05\0\0\0\x09\0\0\0\0'),
  wmv: hex('3026b275 8e66cf11 a6d900aa 0062ce6c'),
  wtv: hex('b7d80020 3749da11 a64e0007 e95ead8d'),
  realmedia: latin1('.RMF\0\0\0\x12\0\x01'),
  mxf: hex('060e2b34 02050101 0d010201 01020400'),
  nut: latin1('nut/multimedia container\0'),
  ivf: latin1('DKIF\0\0\x20\0VP80'),
  yuv: latin1('YUV4MPEG2 W16 H16 F25:1\n'),
  ogg_theora: Buffer.concat([latin1('OggS\0\x02'), new Uint8Array(21), latin1('\x2a\x80theora\x03\x02\x01')]),
  mpeg_program: hex('000001ba 44000400040100 0003f8 000001bb'),
  zip: Buffer.concat([
    hex('504b0304 1400 0000 0800 0060 2159 12345678 10000000 10000000 0500 0000'),
    latin1('a.txt'),
  ]),
  seven_zip: hex('377abcaf271c 0004 00000000'),
  rar: latin1('Rar!\x1a\x07\x01\0'),
  xz: hex('fd377a585a00 0004 e6d6b446'),
  bzip2: latin1('BZh91AY&SY\0\0\0\0'),
  cabinet: latin1('MSCF\0\0\0\0\x00\x10\0\0'),
}

const formats = Object.entries(BEGINNINGS).map(([name, bytes]): [string, Sample] => {
  return [
    name,
    [
      `The beginning of this format in base64: ${name.replaceAll('_', ' ')}`,
      base64(Buffer.concat([bytes, TAIL])),
    ],
  ]
})

/** Texts that contain data of every format, and data in every form (REX-REF-071, REX-REF-072). */
export const MEDIA: Readonly<Record<string, Sample>> = {
  ...Object.fromEntries(formats),
  png_hex: ['A PNG as hexadecimal digits', latin1('\x89PNG\r\n\x1a\n\0\0\0\rIHDR').toString('hex')],
  jpeg_base64: ['A JPEG in base64', base64(JPEG)],
  jpeg_base64url: ['A JPEG in base64url', JPEG.toString('base64url')],
  jpeg_spaced: ['A JPEG in hexadecimal with spaces', JPEG.toString('hex').replaceAll(/../g, '$& ')],
  jpeg_capitals: ['A JPEG in hexadecimal with capitals', JPEG.toString('hex').toUpperCase()],
  jpeg_odd_digit: ['A hexadecimal digit before a JPEG', `7${JPEG.toString('hex')}`],
  jpeg_second_digit: ['A digit of base64 before a JPEG', `7${base64(JPEG)}`],
  jpeg_third_digit: ['Two digits of base64 before a JPEG', `77${base64(JPEG)}`],
  jpeg_fourth_digit: ['Three digits of base64 before a JPEG', `777${base64(JPEG)}`],
  jpeg_behind: ['Other bytes before a JPEG', base64(Buffer.concat([latin1('Test traffic.'), JPEG]))],
  jpeg_behind_another: [
    'A JPEG behind bytes that only begin like one',
    base64(Buffer.concat([hex('ffd8ffc0 0000'), JPEG])),
  ],
  jpeg_numbers: ['A JPEG as decimal numbers', [...JPEG].join(', ')],
  jpeg_signed: ['A JPEG as signed numbers', [...new Int8Array(JPEG)].join(', ')],
  jpeg_twice: ['A JPEG that was encoded twice', base64(latin1(base64(JPEG)))],
  jpeg_four_times: [
    'A JPEG that was encoded four times',
    Array.from({ length: 4 })
      .reduce<Uint8Array>((bytes) => latin1(base64(bytes)), JPEG)
      .toString(),
  ],
  jpeg_as_text: ['A JPEG that was opened as text in Windows-1252', 'ÿØÿþ  Fictional. Test traffic.'],
  gif: ['A GIF in base64', base64(latin1(`GIF89a${'\x10\0'.repeat(2)}\x80\0\0${'\0'.repeat(6)},\0\0\0\0`))],
  webp: ['A WebP in base64', base64(latin1('RIFF\x24\0\0\0WEBPVP8 '))],
  data_uri: ['A data URI of an image', 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUg'],
  data_uri_capitals: ['A data URI in capitals', 'DATA:IMAGE/PNG,test'],
  data_uri_base64: ['A data URI of anything in base64', 'data:text/plain;base64,VGVzdA'],
  svg: ['An SVG', '<svg xmlns="http://www.w3.org/2000/svg"></svg>'],
  svg_capitals: ['An SVG in capitals', '<SVG XMLNS="http://www.w3.org/2000/svg"></SVG>'],
  svg_prefix: ['An SVG with a prefix', '<s:svg xmlns:s="http://www.w3.org/2000/svg"></s:svg>'],
  mp4: ['An MP4 in base64', base64(latin1('\0\0\0\x18ftypmp42\0\0\0\0mp42isom'))],
}

/** Texts that look like such data but are not. */
export const HARMLESS: Readonly<Record<string, Sample>> = {
  hash: ['A SHA-256', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  url: ['A URL', 'https://site.example/page/PNG/ftyp?svg=1'],
  word: ['A word about images', 'The JPEG was reported. Test traffic.'],
  gif_word: [
    'The signature of a GIF in a sentence',
    'GIF89a is the name of a format. Fictional. Test traffic.',
  ],
  pdf_word: [
    'The signature of a PDF before plain text',
    '%PDF-1.7\nis the name of a format. Fictional. Test traffic.',
  ],
  box_word: ['The name of a box in a sentence', 'A box named ftypisom comes first. Fictional. Test traffic.'],
  jpeg_start: ['The first bytes of a JPEG, and a segment without length', 'ffd8ffc00000eeeeeeeeeeeeeeee'],
  tiff_start: ['The first bytes of a TIFF, and no directory', '49492a0000000000eeeeeeeeeeeeeeee'],
  icon_start: [
    'The first bytes of an icon, and no image',
    '000001000100eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee',
  ],
}
