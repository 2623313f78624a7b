import { boundedCapture, type Capture } from "../../domain/capture/capture.ts"
import { unknownService } from "../../domain/capture/service.ts"
import { isDecodable } from "../../domain/event/codec.ts"
import { type Metadata, type NewEvent, schemaVersion } from "../../domain/event/events.ts"
import { captureEventId } from "../../domain/event/ids.ts"
import { fieldsWithoutSecret } from "../../domain/secret/withoutSecret.ts"
import { type Fingerprint, fingerprintEventId } from "../../domain/session/fingerprint.ts"
import { rarity } from "../../domain/session/rarity.ts"
import type { SecretVault } from "../secrets/SecretVault.ts"
import type { RecordReader } from "../sources/RecordReader.ts"
import type { CaptureDraft, ParsedRecord, RejectReason } from "../sources/SourceAdapter.ts"
import { SourceRecord } from "../sources/SourceRecord.ts"
import { directoryName, nameOfPath, worthOfLoggedName } from "./deckyNames.ts"
import type { IngestProgress } from "./IngestProgress.ts"
import type { RejectedLine, StoredSession } from "./IngestStore.ts"
import { type OpenSessionMemory, OpenSessions } from "./OpenSessions.ts"
import { keptOfLongRecord, longestRecord, type PlacedRecord } from "./RecordSplitter.ts"
import type { Source } from "./source.ts"

/** Of so many hosts of one source something is said. */
const mostWarnings = 20
/** Maximum host names remembered per file. */
const maxNames = 1000

/** What an ingest needs of the vault. */
export type VaultAtIngest = Pick<SecretVault["Service"], "seal" | "digestOf" | "principalOf">

/** Removes the address from the fields, where some sensors repeat it. */
const withoutMail = (
  fields: Readonly<Record<string, string>>,
  address: string | null,
): Readonly<Record<string, string>> =>
  fieldsWithoutSecret(fields, { kind: "", bytes: Buffer.from(address ?? "", "utf8") })

/** A record given to a reader; one that was ingested before is only remembered. */
interface GivenRecord {
  readonly placed: PlacedRecord
  readonly file: string
  readonly isNew: boolean
}

/**
 * Turns the records of one source into captures and rejects, and holds them until they are
 * written. What a line means is the adapter's business; whose host it is, is settled here.
 */
export class CaptureBuffer {
  readonly events: Array<NewEvent> = []
  readonly rejects: Array<RejectedLine> = []
  /** Lines of a record that was cut when they were read before, and is whole now. */
  readonly understood: Array<number> = []
  /** The fingerprints of sessions that are over. */
  readonly fingerprints: Array<NewEvent> = []
  readonly sessions: OpenSessions
  readonly #seal: VaultAtIngest["seal"]
  readonly #principalOf: VaultAtIngest["principalOf"]
  /** Told when a session of this source was evicted. */
  onEvicted: () => void = () => {}
  readonly #source: Source
  readonly #progress: IngestProgress
  readonly #sensors = new Set<string>()
  /** The file being read, and the deckies its host names map to. */
  #file = ""
  readonly #names = new Map<
    string | null,
    { readonly decky: string; sighting: { captures: number } }
  >()
  /** Of the last line that said something: what is known of where a session was evicted. */
  #metadata: Metadata = { schemaVersion }
  // What has come of the record that a reader is inside of.
  readonly #openRecords = new Map<RecordReader, Array<GivenRecord>>()

  constructor(
    source: Source,
    progress: IngestProgress,
    sessions: ReadonlyArray<StoredSession>,
    memory: OpenSessionMemory,
    { seal, digestOf, principalOf }: VaultAtIngest,
  ) {
    this.#seal = seal
    this.#principalOf = principalOf
    this.#source = source
    this.#progress = progress
    this.sessions = new OpenSessions(sessions, {
      memory,
      endsSessions: source.adapter.endsSessions === true,
      onEvicted: () => {
        progress.sessionsEvicted++
        this.onEvicted()
      },
      digestOf,
    })
  }

  /** Takes in the fingerprints of sessions that another source has driven out of memory. */
  takeEvicted(): void {
    this.#fingerprint(this.sessions.takeEvicted(), this.#metadata)
  }

  /** Takes in one record of a file, as the reader of that file understands it. */
  take(reader: RecordReader, placed: PlacedRecord, file: string): void {
    this.#read(reader, { placed, file, isNew: true })
  }

  /** Lets the reader see a record that was ingested before, for what it says of later ones. */
  remember(reader: RecordReader, placed: PlacedRecord, file: string): void {
    this.#read(reader, { placed, file, isNew: false })
  }

  /** Whether a reader is inside of a record that goes on in the next line. */
  isInside(reader: RecordReader): boolean {
    return this.#openRecords.has(reader)
  }

  /** The end of a file: a record that is still open there was cut off. */
  endFile(reader: RecordReader, last: PlacedRecord, file: string): void {
    for (;;) {
      const parsed = reader.endFile()
      if (parsed === undefined) return
      const open = this.#closeRecord(reader)
      if ("rejected" in parsed && open.length > 0) this.#rejectFirst(reader, open, parsed.rejected)
      else this.#keep(parsed, last, file)
    }
  }

  /** Counts and keeps a record, or the place in a file, that cannot be used. */
  reject(reason: RejectedLine["reason"], placed: PlacedRecord): void {
    const { rejectedByReason } = this.#progress
    this.#progress.rejected++
    rejectedByReason.set(reason, (rejectedByReason.get(reason) ?? 0) + 1)
    this.rejects.push({
      line: placed.line,
      offset: placed.end,
      reason,
      bytes: Buffer.from(placed.bytes.subarray(0, keptOfLongRecord)),
      length: placed.length,
    })
  }

  #read(reader: RecordReader, given: GivenRecord): void {
    const { bytes, length } = given.placed
    if (length > longestRecord) {
      reader.endFile() // it is not shown the record, and so cannot be inside another behind it
      this.#take(reader, given, { rejected: "too-long" })
      return
    }
    // A few NULs may be part of a password; before a record they are what is left of a hole.
    const record = SourceRecord.of(
      bytes[0] === 0 && !this.isInside(reader) ? withoutNuls(bytes) : bytes,
    )
    if (given.isNew && record.isBlank && !this.isInside(reader)) this.#progress.blankLines++
    for (const parsed of reader.read(record)) if (!this.#take(reader, given, parsed)) return
  }

  /** Answers whether to go on with what else the record came to. */
  #take(reader: RecordReader, given: GivenRecord, parsed: ParsedRecord): boolean {
    if ("open" in parsed) {
      const open = this.#openRecords.get(reader)
      if (open === undefined) this.#openRecords.set(reader, [given])
      else if (open.at(-1) !== given) open.push(given)
      return true
    }
    const before = this.#closeRecord(reader).filter((one) => one !== given)
    if ("rejected" in parsed && before.length > 0) {
      this.#rejectFirst(reader, [...before, given], parsed.rejected)
      return false
    }
    if (!given.isNew) return true
    for (const { isNew, placed } of before) if (!isNew) this.understood.push(placed.line)
    this.#keep(parsed, given.placed, given.file)
    return true
  }

  #closeRecord(reader: RecordReader): ReadonlyArray<GivenRecord> {
    const open = this.#openRecords.get(reader) ?? []
    this.#openRecords.delete(reader)
    return open
  }

  // A stray quote must not cost the lines behind it.
  #rejectFirst(
    reader: RecordReader,
    [first, ...others]: ReadonlyArray<GivenRecord>,
    reason: RejectReason,
  ): void {
    if (first?.isNew === true) this.reject(reason, first.placed)
    for (const record of others) this.#read(reader, record)
  }

  #keep(parsed: ParsedRecord, placed: PlacedRecord, file: string): void {
    if ("rejected" in parsed) {
      this.reject(parsed.rejected, placed)
      return
    }
    const { captures, session } = parsed
    if (captures.length === 0 && session === undefined) return
    const metadata = { schemaVersion, source: { file, line: placed.line } }
    this.#metadata = metadata
    if (file !== this.#file) {
      this.#file = file
      this.#names.clear()
    }
    let allValid = true
    for (const draft of captures) {
      const data = this.#settle(draft)
      if (data.attackerIp === null) this.#progress.withoutAddress++
      if (data.service === unknownService) this.#progress.withoutService++
      const rareness = rarity(draft.principal, draft.secret)
      const event = {
        type: "credential.captured",
        id: captureEventId(data),
        data,
        metadata,
      } as const
      if (isDecodable(event)) {
        this.events.push(event)
        allValid = this.#fingerprint(this.sessions.login(data, rareness), metadata) && allValid
      } else allValid = false
    }
    if (session !== undefined) {
      const over = this.sessions.hear(this.#named(session.sensor).decky, session)
      allValid = this.#fingerprint(over, metadata) && allValid
    }
    if (!allValid) this.reject("invalid-event", placed)
  }

  /** Answers whether all of them are valid. */
  #fingerprint(fingerprints: ReadonlyArray<Fingerprint>, metadata: Metadata): boolean {
    const events = fingerprints.map(
      (data) =>
        ({
          type: "attacker.fingerprinted",
          id: fingerprintEventId(data),
          data,
          metadata,
        }) as const,
    )
    const valid = events.filter(isDecodable)
    this.fingerprints.push(...valid)
    return valid.length === events.length
  }

  /** Settles whose host it is, and seals the secret: from here on it is known by its digest. */
  #settle({ sensor, secret, fields, ...rest }: CaptureDraft): Capture {
    const { decky, sighting } = this.#named(sensor)
    sighting.captures++
    const principal = rest.principal === null ? null : this.#principalOf(rest.principal)
    const named = principal === rest.principal ? fields : withoutMail(fields, rest.principal)
    return boundedCapture({
      ...rest,
      principal,
      decky,
      secret: secret === null ? null : this.#seal(secret, rest.principal),
      fields: secret === null ? named : fieldsWithoutSecret(named, secret),
    })
  }

  /** The decky for a host name in the current file. */
  #named(sensor: string | null): { readonly decky: string; sighting: { captures: number } } {
    const known = this.#names.get(sensor)
    if (known !== undefined) return known
    const named = this.#settleName(sensor)
    if (this.#names.size < maxNames) this.#names.set(sensor, named)
    return named
  }

  /**
   * A fixed name from the operator comes first, then the log's own name (mapped or as is), then the
   * path. Names that no host chose, such as container ids, are ignored if a rule covers the path.
   */
  #settleName(sensor: string | null) {
    const { decky: given, fallbackDecky, rules, adapter } = this.#source
    const worth = sensor === null ? undefined : worthOfLoggedName(sensor)
    const byPath = nameOfPath(rules, this.#file)
    const mapped = sensor === null ? undefined : rules.deckies?.logged.get(sensor)
    const isTaken = worth === "own" || (worth === "default" && byPath === undefined)
    const logged = mapped ?? (isTaken ? (sensor ?? undefined) : undefined)
    const decky = given ?? logged ?? fallbackDecky
    const { place } = byPath ?? directoryName(this.#file)
    const sighting = this.#progress.deckies.add({
      decky,
      logged: worth === "own" && mapped === undefined ? (sensor ?? undefined) : undefined,
      namedBy: given === undefined && logged === undefined ? place : undefined,
      place: given === undefined && adapter.namesManyHosts !== true ? place : undefined,
    })
    if (given === undefined && mapped === undefined) {
      // No warning if the log and the rules agree.
      if (logged === undefined || byPath?.name !== decky) {
        this.#warn(sensor, decky, logged !== undefined, byPath !== undefined)
      }
    }
    return { decky, sighting }
  }

  #warn(sensor: string | null, decky: string, isLogged: boolean, isNamedByPath: boolean): void {
    const name = sensor ?? ""
    if (this.#sensors.size >= mostWarnings || this.#sensors.has(name)) return
    if (isNamedByPath && !isLogged) return
    this.#sensors.add(name)
    const { warnings } = this.#progress
    const source = this.#source.name
    if (isLogged) {
      if (this.#sensors.size > 1) return
      const instead = isNamedByPath ? ", not from the path" : ""
      const remedy = isNamedByPath ? "map it with --deckies" : "name the host with --decky"
      warnings.add(
        `${source}: the host's name "${decky}" is taken from the log${instead}; if that name ever changes, ${remedy}`,
      )
    } else if (sensor === null) {
      warnings.add(
        `${source}: the log does not name its host, so the directory's name "${decky}" is taken; name it with --decky`,
      )
    } else {
      warnings.add(
        `${source}: the log calls its host "${sensor}", which looks like a container id that changes with every restart, so the directory's name "${decky}" is taken; name it with --decky`,
      )
    }
  }
}

const withoutNuls = (bytes: Buffer): Buffer => {
  const start = bytes.findIndex((byte) => byte !== 0)
  return start === -1 ? bytes.subarray(bytes.length) : bytes.subarray(start)
}
