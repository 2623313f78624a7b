import { dirname, relative, sep } from "node:path"

/** How a decky got its name. */
interface Sighting {
  /** Host names in logs that map to it. */
  readonly logged: Set<string>
  /** Path prefixes that it was named after. */
  readonly places: Set<string>
  /** Attempts on it. */
  captures: number
}

/** Where a decky's name came from: the log or a path. */
export interface NameOrigin {
  readonly decky: string
  /** The log's own name for the host. */
  readonly logged: string | undefined
  /** The path prefix that gave the name, if a path did. */
  readonly namedBy: string | undefined
  /** The path prefix that would give the name; `undefined` if a log covers many hosts. */
  readonly place: string | undefined
}

/** Limits, because attackers may forge names in logs. */
const maxDeckies = 10_000
const maxNames = 100
const maxWarnings = 20

/** Tracks which names and paths map to which deckies, to warn about wrong names. */
export class DeckySightings {
  readonly #deckies = new Map<string, Sighting>()
  /** Deckies by path prefix, from logs that cover one host each. */
  readonly #places = new Map<string, Set<string>>()

  /** Records a name. Count captures on the returned object. */
  add({ decky, logged, namedBy, place }: NameOrigin): { captures: number } {
    const known = this.#deckies.get(decky)
    const sighting = known ?? { logged: new Set(), places: new Set(), captures: 0 }
    if (known === undefined && this.#deckies.size < maxDeckies) this.#deckies.set(decky, sighting)
    if (logged !== undefined) note(sighting.logged, logged)
    if (namedBy !== undefined) note(sighting.places, namedBy)
    if (place !== undefined && (this.#places.has(place) || this.#places.size < maxDeckies)) {
      const deckies = this.#places.get(place) ?? new Set()
      this.#places.set(place, deckies)
      note(deckies, decky)
    }
    return sighting
  }

  /** Warnings about hosts merged into one decky or split into several, by subject. */
  get warnings(): ReadonlyMap<string, string> {
    const warnings = new Map<string, string>()
    for (const [decky, { logged, places, captures }] of this.#deckies) {
      if (captures === 0) continue
      if (logged.size > 1) {
        warnings.set(
          `logged ${decky}`,
          `${logged.size} hosts named in the logs (${list(logged)}) become the one decky "${decky}": leave --decky out, or map them with --deckies`,
        )
      }
      if (places.size > 1) {
        warnings.set(
          `places ${decky}`,
          `${places.size} different places (${list(places)}) become the one decky "${decky}": if they are of several hosts, ${apart([...places])}`,
        )
      }
    }
    for (const [place, deckies] of this.#places) {
      const counted = [...deckies].filter((decky) => (this.#deckies.get(decky)?.captures ?? 0) > 0)
      if (counted.length < 2) continue
      warnings.set(
        `split ${place}`,
        `the logs in ${place} become ${counted.length} deckies (${list(counted)}): if they are of one host, map its names with --deckies`,
      )
    }
    return new Map([...warnings].slice(0, maxWarnings))
  }
}

const note = (names: Set<string>, name: string): void => {
  if (names.size < maxNames) names.add(name)
}

const list = (names: Iterable<string>): string => {
  const all = [...names]
  return all.length > 4 ? `${all.slice(0, 3).join(", ")}, ...` : all.join(", ")
}

/** Suggests a rule that separates the paths: the nearest directory that differs. */
const apart = ([first = "", second = ""]: ReadonlyArray<string>): string => {
  const common = relative(first, second)
    .split(sep)
    .filter((part) => part === "..").length
  return common > 1
    ? `take the directory further up, such as --decky '{dir:${common}}'`
    : `name them apart with --decky or --deckies, not by ${dirname(first)}`
}
