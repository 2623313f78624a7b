import type { RebuiltVectors } from "../../vectorstore/rebuildVectors.ts"
import { countText } from "./countText.ts"
import { table } from "./table.ts"

/** How each kind of vector was and is. */
export const rebuiltVectorsText = ({ kinds, events, leftOut }: RebuiltVectors): string =>
  kinds.length === 0
    ? "there are no fingerprints in the log"
    : [
        table(
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
        ),
        "",
        `${countText(kinds.length, "kind")} of vectors made anew, as the log has them, of ${countText(events, "event")}${leftOut === 0 ? "" : `; ${leftOut} were left out`}`,
      ].join("\n")
