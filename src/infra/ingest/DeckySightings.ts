import { dirname, relative, sep } from "node:path"

/** What was seen of a host: what logs call it, and from where it got its name. */
interface Sighting {
  /** Names of its own that logs have for it. */
  readonly logged: Set<string>
  /** The directories, or parts of paths, that its name was made of. */
  readonly places: Set<string>
  /** Its attempts. */
  captures: number
}

/** Where a name came from: from the log, or made of a path at this place. */
export interface NameOrigin {
  readonly decky: string
  /** The log's own name for the host. */
  readonly logged: string | undefined
  /** Where the name was made of a path: of which part. */
  readonly namedBy: string | undefined
  /** The part of the path that would make the name; `undefined` where a log is of many hosts. */
  readonly place: string | undefined
}

/** Above these nothing more is remembered: names in logs may be forged. */
const maxDeckies = 10_000
const maxNames = 100
const maxWarnings = 20

/** Which deckies have come out of which files, to tell where names are wrong. */
export class DeckySightings {
  readonly #deckies = new Map<string, Sighting>()
  /** The deckies that come out of one place, from logs that are of one host each. */
  readonly #places = new Map<string, Set<string>>()

  /** Takes note of a name; count captures in what it gives. */
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

  /** Says where several hosts have become one decky, or one host several: once each, by what it is about. */
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

/** How to keep places apart: by the nearest directory above them that differs. */
const apart = ([first = "", second = ""]: ReadonlyArray<string>): string => {
  const common = relative(first, second)
    .split(sep)
    .filter((part) => part === "..").length
  return common > 1
    ? `take the directory further up, such as --decky '{dir:${common}}'`
    : `name them apart with --decky or --deckies, not by ${dirname(first)}`
}
