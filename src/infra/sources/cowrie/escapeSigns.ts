import type { JsonObject } from "../SourceRecord.ts"

/** Tells events whose user name and password are written with escapes from those without. */
export interface EscapeSigns {
  /** Takes note of what an event says of its sensor's release. */
  readonly learn: (event: JsonObject) => void
  readonly isUsedIn: (event: JsonObject) => boolean
}

const maxSensors = 1000

/**
 * Cowrie escapes credentials from 3.0.5 on. What a login event itself bears of its release:
 *
 * - From 3.0.6 on every event names both ends of the connection: it is escaped.
 * - From 2.9.0 on every event names `protocol` and `uuid`; one without either is older.
 * - In between, an event is escaped that was written since the day the escapes came, 26 June 2026,
 *   or whose sensor has told the duration of a session or a recording in milliseconds before, as it
 *   does from 3.0.4 on, five days older. (So passwords of 3.0.4 with `\x` in them are misread.)
 */
export const escapeSigns = (): EscapeSigns => {
  const sensors = new Set<unknown>()
  return {
    learn: (event) => {
      if (event.duration_ms === undefined || sensors.has(event.sensor)) return
      if (sensors.size < maxSensors) sensors.add(event.sensor)
    },
    isUsedIn: ({ src_port, dst_port, dest_port, protocol, uuid, timestamp, sensor }) => {
      if (src_port !== undefined && (dst_port ?? dest_port) !== undefined) return true
      if (protocol === undefined && uuid === undefined) return false
      return sensors.has(sensor) || (typeof timestamp === "string" && timestamp >= firstEscaped)
    },
  }
}

/** The day the escapes came. */
export const firstEscaped = "2026-06-26"
