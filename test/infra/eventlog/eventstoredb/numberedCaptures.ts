import { type NewEvent, schemaVersion } from "../../../../src/domain/event/events.ts"
import { captureEventId } from "../../../../src/domain/event/ids.ts"
import { captured } from "../../../projections/captureEvents.ts"

/** Where the captures below go, as if they came of one source. */
export const sourceStream = "capture-test"

/** So many captures of a few credentials on a few hosts, the same at each call, in each process. */
export const numberedCaptures = (count: number): ReadonlyArray<NewEvent> =>
  Array.from({ length: count }, (_, n) => {
    const { type, data } = captured({
      decky: `decky-${n % 5}`,
      ip: `192.0.2.${(n % 17) + 1}`,
      password: `tin-${n % 7}`,
      at: new Date(Date.UTC(2031, 1, 3) + n * 1_000).toISOString(),
    })
    if (type !== "credential.captured") throw new Error("a capture was built")
    const numbered = { ...data, sequence: n }
    return { type, id: captureEventId(numbered), data: numbered, metadata: { schemaVersion } }
  })
