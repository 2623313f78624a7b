import { cowrie } from "./cowrie.ts"
import { decnet } from "./decnet.ts"
import { dionaea } from "./dionaea.ts"
import { heraldingAuth } from "./heraldingAuth.ts"
import { heraldingSession } from "./heraldingSession.ts"
import { openCanary } from "./openCanary.ts"
import type { SourceAdapter, SourceLine } from "./SourceAdapter.ts"
import { sshHoneypot } from "./sshHoneypot.ts"
import { telnethoney } from "./telnethoney.ts"

/** Every log format that can be read. The order settles which is meant where two fit equally. */
export const adapters: ReadonlyArray<SourceAdapter> = [
  cowrie,
  heraldingAuth,
  heraldingSession,
  dionaea,
  openCanary,
  decnet,
  sshHoneypot,
  telnethoney,
]

/**
 * The format that the most of these lines, the first of a file, are unmistakably of; the earlier
 * in {@link adapters} of two that fit equally, and `undefined` where none fits.
 */
export const recogniseFormat = (lines: ReadonlyArray<SourceLine>): SourceAdapter | undefined => {
  let best: SourceAdapter | undefined
  let most = 0
  for (const adapter of adapters) {
    const count = adapter.recognise(lines)
    if (count > most) {
      best = adapter
      most = count
    }
  }
  return best
}
