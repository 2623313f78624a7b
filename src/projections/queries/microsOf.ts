import { type Timestamp, timestampMicros } from "../../domain/event/timestamp.ts"

/** A bound in time as the tables count it, if there is one. */
export const microsOf = (bound: Timestamp | undefined): number | undefined =>
  bound === undefined ? undefined : timestampMicros(bound)
