import { cowrie } from "./cowrie/cowrie.ts"
import { decnet } from "./decnet/decnet.ts"
import { dionaea } from "./dionaea/dionaea.ts"
import { ContainerLines } from "./envelopes/ContainerLines.ts"
import { layersOf } from "./envelopes/unwrap.ts"
import { heraldingAuth } from "./heralding/heraldingAuth.ts"
import { heraldingSession } from "./heralding/heraldingSession.ts"
import { openCanary } from "./opencanary/openCanary.ts"
import type { SourceAdapter } from "./SourceAdapter.ts"
import type { SourceRecord } from "./SourceRecord.ts"
import { sshHoneypot } from "./sshHoneypot/sshHoneypot.ts"
import { telnethoney } from "./telnethoney/telnethoney.ts"

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
 * The format that the most of these records, the first of a file, are unmistakably of, bare or in
 * envelopes; the earlier in {@link adapters} of two that fit equally, and `undefined` where none fits.
 */
export const recogniseFormat = (
  records: ReadonlyArray<SourceRecord>,
): SourceAdapter | undefined => {
  const lines = new ContainerLines()
  const layers = records.flatMap((record) => {
    const line = lines.take(record)
    return line === "open" ? [] : [layersOf(line ?? record)]
  })
  let best: SourceAdapter | undefined
  let most = 0
  for (const adapter of adapters) {
    const count = layers.filter((all) => all.some(adapter.recognises)).length
    if (count > most) {
      best = adapter
      most = count
    }
  }
  return best
}
