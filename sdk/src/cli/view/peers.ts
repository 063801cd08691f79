// Paired organisations, and the words to compare by phone. docs/guide/rex-desk.md

import type { Peer } from '../../client/api/desk.ts'
import { t } from '../language/language.ts'
import { bold, dim, type Line, name, warn } from '../output/lines.ts'
import { facts, type Viewer, when } from './words.ts'

const DAY = 86_400_000

/** Lists all paired organisations. */
export function peersLines(peers: readonly Peer[], viewer: Viewer): Line[] {
  if (peers.length === 0)
    return [
      t`No organisation is paired yet. Exchange invites: rex-desk invite here, rex-desk pair FILE with theirs.`,
    ]
  return peers.flatMap((peer, i) => [...(i === 0 ? [] : ['']), ...peerLines(peer, viewer)])
}

/** Shows one paired organisation. */
export function peerLines(peer: Peer, viewer: Viewer): Line[] {
  const expiry = t`keys known until ${when(peer.expiresMs, viewer)}`
  return [
    [bold(peer.name), '  ', peer.organisation],
    ...facts([
      ['words', ...wordPieces(peer.words)],
      ['suites', peer.suites.join(', ')],
      ['paired', when(peer.pairedMs, viewer)],
      ['expiry', peer.expiresMs - viewer.now < 14 * DAY ? warn(expiry) : dim(expiry)],
    ]),
  ]
}

/** Shows six words in two groups of three. */
export function wordPieces(words: readonly string[]): [ReturnType<typeof name>] {
  return [name(`${words.slice(0, 3).join(' ')} - ${words.slice(3).join(' ')}`)]
}
