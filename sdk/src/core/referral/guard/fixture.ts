// Makes pictures and videos with real encoders for the tests of the guard. They are small, synthetic, and the same in each run.
// docs/spec/referral.md, "Content guard"
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import sharp from 'sharp'

export type File = readonly [name: string, bytes: Buffer]

const [WIDTH, HEIGHT] = [64, 48]
/** Number of bytes of each file to keep, because the guard recognises a file by its beginning. */
const MOST = 600

/** Encodes images with libvips: JPEG in all its forms, PNG, GIF, WebP, AVIF and TIFF. */
export async function encodedPictures(): Promise<File[]> {
  let made = 0
  const noise = () =>
    createHash('shake256', { outputLength: WIDTH * HEIGHT * 3 })
      .update(`picture ${made++}`)
      .digest()
  const picture = () => sharp(noise(), { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
  const exif = { IFD0: { Copyright: 'test traffic' } }
  const grey = () => picture().grayscale().threshold().toColourspace('b-w')
  const all = {
    'plain.jpg': picture().jpeg(),
    'progressive.jpg': picture().jpeg({ progressive: true }),
    'mozjpeg.jpg': picture().jpeg({ mozjpeg: true, quality: 20 }),
    'grey.jpg': picture().grayscale().jpeg({ chromaSubsampling: '4:4:4' }),
    'cmyk.jpg': picture().toColourspace('cmyk').jpeg(),
    'exif.jpg': picture().withExif(exif).jpeg(),
    'profile.jpg': picture().withIccProfile('p3').jpeg(),
    'plain.png': picture().png(),
    'palette.png': picture().png({ palette: true }),
    'interlaced.png': picture().png({ progressive: true }),
    'plain.gif': picture().gif(),
    'plain.webp': picture().webp(),
    'lossless.webp': picture().ensureAlpha(0.5).webp({ lossless: true }),
    'plain.avif': picture().avif({ effort: 0 }),
    'plain.tif': picture().tiff({ compression: 'none' }),
    'lzw.tif': picture().tiff({ compression: 'lzw' }),
    'jpeg.tif': picture().tiff({ compression: 'jpeg' }),
    'deflate.tif': picture().tiff({ compression: 'deflate', tile: true, pyramid: true }),
    'fax.tif': grey().tiff({ compression: 'ccittfax4', bitdepth: 1 }),
    'big.tif': picture().tiff({ bigtiff: true }),
  }
  return Promise.all(
    Object.entries(all).map(
      async ([name, image]) => [name, (await image.toBuffer()).subarray(0, MOST)] as const,
    ),
  )
}

const FORMATS: Readonly<Record<string, readonly string[]>> = {
  mp4: ['-c:v', 'mpeg4'],
  matroska: ['-c:v', 'mpeg4'],
  avi: ['-c:v', 'mjpeg'],
  mpeg: [],
  mpegts: [],
  m4v: ['-c:v', 'mpeg4'],
  ogg: ['-c:v', 'libtheora'],
  asf: [],
  flv: [],
  gif: [],
  apng: [],
  yuv4mpegpipe: [],
}

/** Encodes videos with ffmpeg. Returns none if it is not installed. */
export function encodedVideos(): File[] {
  const source = ['-f', 'lavfi', '-i', 'testsrc2=size=64x48:rate=10:duration=0.3', '-threads', '1']
  const run = (format: string, options: readonly string[]) =>
    spawnSync('ffmpeg', ['-loglevel', 'error', ...source, ...options, '-bitexact', '-f', format, 'pipe:1'], {
      timeout: 20_000,
    })
  if (spawnSync('ffmpeg', ['-version']).error !== undefined) return []
  return Object.entries(FORMATS).flatMap(([format, options]) => {
    // In a pipe, MP4 must be fragmented.
    const extra = format === 'mp4' ? ['-movflags', 'frag_keyframe+empty_moov'] : []
    const { status, stdout } = run(format, [...options, ...extra])
    return status === 0 ? [[`ffmpeg.${format}`, stdout.subarray(0, MOST)] as const] : []
  })
}
