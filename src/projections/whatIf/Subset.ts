import type { Database } from "better-sqlite3"
import type { Timestamp } from "../../domain/event/timestamp.ts"

/**
 * Which captures of history count. Bounds are event times and belong to it; in names, `*` stands
 * for any text. What is left out, or an empty list, restricts nothing.
 */
export interface Subset {
  readonly since?: Timestamp
  readonly until?: Timestamp
  readonly services: ReadonlyArray<string>
  readonly deckies: ReadonlyArray<string>
  readonly ignoredDeckies: ReadonlyArray<string>
}

/** Whether all of history counts. */
export const isWhole = ({ since, until, services, deckies, ignoredDeckies }: Subset): boolean =>
  since === undefined &&
  until === undefined &&
  [...services, ...deckies, ...ignoredDeckies].length === 0

/** The numbers of the targets whose captures count. */
export const targetsIn = (
  db: Database,
  { services, deckies, ignoredDeckies }: Subset,
): ReadonlyArray<number> => {
  const isService = services.length === 0 ? () => true : matcher(services)
  const isDecky = deckies.length === 0 ? () => true : matcher(deckies)
  const isIgnored = matcher(ignoredDeckies)
  return db
    .prepare<[], { no: number; decky: string; service: string }>(
      "SELECT target_no AS no, decky, service FROM targets",
    )
    .all()
    .filter(({ decky, service }) => isService(service) && isDecky(decky) && !isIgnored(decky))
    .map(({ no }) => no)
}

/** Whether a name is one of the patterns', whole and with its letters as they are. */
const matcher = (patterns: ReadonlyArray<string>): ((name: string) => boolean) => {
  const expressions = patterns.map(
    (pattern) => new RegExp(`^${pattern.split(/\*+/).map(RegExp.escape).join(".*")}$`, "su"),
  )
  return (name) => expressions.some((expression) => expression.test(name))
}
