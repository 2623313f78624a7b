import type { RebuiltVectorStore } from "../../app/rebuildVectorStore.ts"
import type { Rebuilt } from "../../readmodel/rebuild/rebuild.ts"
import { table } from "./table.ts"
import { tableDiffsText } from "./verificationText.ts"
import { countText } from "./wording.ts"

/** How each table of the read models was and is. */
export const rebuiltReadModelsText = ({ tables, generation, previous, events }: Rebuilt): string =>
  `${tableDiffsText(tables)}\n\ngeneration ${generation} is current, made of ${events} events; generation ${previous} is kept for credtrail rollback`

/** How each kind of vector was and is. */
export const rebuiltVectorsText = ({ backend, rebuilt }: RebuiltVectorStore): string => {
  if (rebuilt === null) return nothingToRebuild(backend)
  const { kinds, events, leftOut } = rebuilt
  if (kinds.length === 0) return "there are no fingerprints in the log"
  const rows = table(
    [
      "KIND",
      { title: "FINGERPRINTS", align: "right" },
      { title: "LIVE VECTORS", align: "right" },
      { title: "REBUILT VECTORS", align: "right" },
      "LIVE DIGEST",
      "REBUILT DIGEST",
      "",
    ],
    kinds.map(({ kind, fingerprints, live, rebuilt }) => [
      kind,
      String(fingerprints),
      String(live.vectors),
      String(rebuilt.vectors),
      live.digest || "none",
      rebuilt.digest || "none",
      live.digest === rebuilt.digest ? "equal" : "DIFFERENT",
    ]),
  )
  const left = leftOut === 0 ? "" : `; ${leftOut} were left out`
  return `${rows}\n\n${countText(kinds.length, "kind")} of vectors rebuilt, as the log has them, of ${countText(events, "event")}${left}`
}

/** Says that a backend has nothing that could be rebuilt. */
export const nothingToRebuild = (backend: string): string =>
  `the vector store is ${backend}, which keeps nothing that could be rebuilt`
