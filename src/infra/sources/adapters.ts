import { beelzebub } from "./beelzebub/beelzebub.ts"
import { cowrie } from "./cowrie/cowrie.ts"
import { cowrieHpfeeds } from "./cowrie/cowrieHpfeeds.ts"
import { cowrieTextLog } from "./cowrie/cowrieTextLog.ts"
import { decnet } from "./decnet/decnet.ts"
import { dionaea } from "./dionaea/dionaea.ts"
import { dionaeaIncident } from "./dionaea/dionaeaIncident.ts"
import { ContainerLines } from "./envelopes/ContainerLines.ts"
import { layersOf } from "./envelopes/unwrap.ts"
import { heraldingAuth } from "./heralding/heraldingAuth.ts"
import { heraldingSession } from "./heralding/heraldingSession.ts"
import { honeypots } from "./honeypots/honeypots.ts"
import { openCanary } from "./opencanary/openCanary.ts"
import type { SourceAdapter } from "./SourceAdapter.ts"
import type { SourceRecord } from "./SourceRecord.ts"
import { sshesame } from "./sshesame/sshesame.ts"
import { sshHoneypot } from "./sshHoneypot/sshHoneypot.ts"
import { sshHoneypotJson } from "./sshHoneypot/sshHoneypotJson.ts"
import { telnethoney } from "./telnethoney/telnethoney.ts"
import { tpot } from "./tpot/tpot.ts"

/** Every log format that can be read. The order settles which is meant where two fit equally. */
export const adapters: ReadonlyArray<SourceAdapter> = [
  tpot,
  cowrie,
  cowrieHpfeeds,
  cowrieTextLog,
  heraldingAuth,
  heraldingSession,
  dionaea,
  dionaeaIncident,
  openCanary,
  decnet,
  sshHoneypot,
  sshHoneypotJson,
  telnethoney,
  sshesame,
  honeypots,
  beelzebub,
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
