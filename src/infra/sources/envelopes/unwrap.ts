import type { SourceRecord } from "../SourceRecord.ts"
import type { Envelope } from "./Envelope.ts"
import { jsonEnvelopes } from "./jsonEnvelopes.ts"
import { textEnvelopes } from "./textEnvelopes.ts"

const envelopes: ReadonlyArray<Envelope> = [...jsonEnvelopes, ...textEnvelopes]

/** An envelope in an envelope, and so on: a shipper that ships another's log. */
const maxLayers = 5

/** One layer that was taken off; `choice` is which of what was inside is the record. */
interface Layer {
  readonly envelope: Envelope
  readonly choice: number | undefined
}

/** What was inside a record's envelopes, and which envelopes these were, from the outside in. */
export interface Unwrapped {
  readonly records: ReadonlyArray<SourceRecord>
  readonly layers: ReadonlyArray<Layer>
}

/** Finds records of a format inside a record's envelopes, however many there are. */
export const unwrap = (
  record: SourceRecord,
  isRecord: (record: SourceRecord) => boolean,
  depth = 0,
): Unwrapped | undefined => {
  if (depth === maxLayers) return undefined
  for (const envelope of envelopes) {
    const inside = envelope.open(record)
    if (inside === undefined) continue
    let layers: ReadonlyArray<Layer> | undefined
    const records: Array<SourceRecord> = []
    for (const [index, one] of inside.entries()) {
      const own = isRecord(one) ? bare(one) : unwrap(one, isRecord, depth + 1)
      const choice = envelope.isChoice === true ? index : undefined
      if (own !== undefined) layers ??= [{ envelope, choice }, ...own.layers]
      if (layers !== undefined && own !== undefined && choice !== undefined) {
        return { records: own.records, layers }
      }
      records.push(...(own?.records ?? openCertain(one) ?? [one]))
    }
    if (layers !== undefined) return { records, layers }
  }
  return undefined
}

const bare = (record: SourceRecord): Unwrapped => ({ records: [record], layers: [] })

/** What is inside these layers, if the record has them; `undefined` otherwise. */
export const openLayers = (
  record: SourceRecord,
  layers: ReadonlyArray<Layer>,
): ReadonlyArray<SourceRecord> | undefined => {
  let records: ReadonlyArray<SourceRecord> = [record]
  for (const { envelope, choice } of layers) {
    const inside = records.map(envelope.open)
    if (inside.includes(undefined)) return undefined
    records = inside.flatMap((all = []) =>
      choice === undefined ? all : all.slice(choice, choice + 1),
    )
  }
  return records
}

/** What is inside the envelopes that are none but envelopes; `undefined` where there are none. */
export const openCertain = (
  record: SourceRecord,
  depth = 0,
): ReadonlyArray<SourceRecord> | undefined => {
  if (depth === maxLayers) return undefined
  for (const { open, isCertain } of envelopes) {
    const inside = isCertain === true ? open(record) : undefined
    if (inside !== undefined) return inside.flatMap((one) => openCertain(one, depth + 1) ?? [one])
  }
  return undefined
}

/** So many of the records in one envelope are looked at to recognise a format. */
const sampled = 20

/** A record and everything that may be inside of it, layer by layer. */
export const layersOf = (record: SourceRecord): ReadonlyArray<SourceRecord> => {
  const all = [record]
  let layer: ReadonlyArray<SourceRecord> = [record]
  for (let depth = 0; depth < maxLayers && layer.length > 0; depth++) {
    layer = layer
      .flatMap((one) => envelopes.flatMap(({ open }) => open(one) ?? []))
      .slice(0, sampled)
    all.push(...layer)
  }
  return all
}
