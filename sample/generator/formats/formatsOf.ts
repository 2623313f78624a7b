import type { SensorKind } from "../fleet.ts"
import { cowrie2018 } from "./cowrie2018.ts"
import { cowrie2026 } from "./cowrie2026.ts"
import { decnet } from "./decnet.ts"
import { dionaea } from "./dionaea.ts"
import { heraldingAuth, heraldingSession } from "./heralding.ts"
import type { LogFormat } from "./LogFormat.ts"
import { opencanary } from "./opencanary.ts"
import { sshHoneypot } from "./sshHoneypot.ts"
import { telnethoney } from "./telnethoney.ts"

/** The logs that each kind of sensor writes. */
export const formatsOf: Readonly<Record<SensorKind, ReadonlyArray<LogFormat>>> = {
  "cowrie-2018": [cowrie2018],
  "cowrie-2026": [cowrie2026],
  heralding: [heraldingAuth, heraldingSession],
  decnet: [decnet],
  opencanary: [opencanary],
  dionaea: [dionaea],
  "ssh-honeypot": [sshHoneypot],
  telnethoney: [telnethoney],
}
