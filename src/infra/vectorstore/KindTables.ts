import { type Database, SqliteError, type Statement } from "better-sqlite3"
import { dotProduct } from "../../domain/fingerprints/distance.ts"
import type { Metric } from "../../domain/fingerprints/fingerprint.ts"
import type { CheckedRecord, Shape } from "./checked.ts"
import { kindDigest, vectorDigest } from "./kindDigest.ts"
import type { KindDigest, VectorKind } from "./VectorStore.ts"
import { vectorTable } from "./vectorSchema.ts"

/** A kind as the file has it. */
export interface KindRow extends Shape {
  readonly kindNo: number
  readonly revision: number
  /** Whether sqlite-vec's 32 bits cannot hold the length of some vector: 1 or 0. */
  readonly extreme: number
}

/** A vector as sqlite-vec gives it back. */
type VectorRow = [id: string, version: number, vector: Buffer]
type FoundRow = [id: string, vector: Buffer, distance: number | null]

interface Statements {
  readonly insert: Statement<[string, bigint, Buffer]>
  readonly update: Statement<[Buffer, string]>
  readonly delete: Statement<[string]>
  readonly get: Statement<[string], VectorRow>
  readonly all: Statement<[bigint], [id: string, vector: Buffer]>
  readonly nearest: Statement<[Buffer, bigint, bigint], FoundRow>
}

/** Kinds that are being made anew stand under their name with this before it, which no kind has. */
export const besideMark = "~"

/**
 * The rows of a vector store's file: those that are answered from, or those of kinds that are being
 * made beside them. Whoever calls has begun the transaction; everything here is right within one only.
 */
export class KindTables {
  readonly #database: Database
  readonly #mark: "" | typeof besideMark
  readonly #statements = new Map<number, Statements>()
  readonly #byName: Statement<[string], KindRow>
  readonly #count: Statement<[number, number, number]>
  readonly #touch: Statement<[number, number]>

  constructor(database: Database, mark: "" | typeof besideMark = "") {
    this.#database = database
    this.#mark = mark
    this.#byName = database.prepare(
      `SELECT kind_no AS kindNo, metric, dimension, revision, extreme FROM kinds WHERE kind = ?`,
    )
    this.#count = database.prepare(
      `INSERT INTO versions VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET vectors = vectors + excluded.vectors`,
    )
    this.#touch = database.prepare(
      "UPDATE kinds SET revision = revision + 1, extreme = max(extreme, ?) WHERE kind_no = ?",
    )
  }

  find(kind: string): KindRow | undefined {
    return this.#byName.get(this.#mark + kind)
  }

  add(kind: string, { metric, dimension }: Shape): KindRow {
    const { lastInsertRowid } = this.#database
      .prepare(
        "INSERT INTO kinds (kind, metric, dimension, revision, extreme) VALUES (?, ?, ?, 0, 0)",
      )
      .run(this.#mark + kind, metric, dimension)
    const kindNo = Number(lastInsertRowid)
    this.#database.exec(vectorTable(kindNo, metric, dimension))
    return { kindNo, metric, dimension, revision: 0, extreme: 0 }
  }

  /** Takes the mark away: a kind that was made beside the others becomes one of them. */
  reveal({ kindNo }: KindRow): void {
    this.#database
      .prepare("UPDATE kinds SET kind = substr(kind, ?) WHERE kind_no = ?")
      .run(this.#mark.length + 1, kindNo)
  }

  /** Forgets a kind altogether; another one of its name will have another number. */
  drop({ kindNo }: KindRow): void {
    this.#statements.delete(kindNo)
    this.#database.exec(`DROP TABLE vec_${kindNo}`)
    this.#database.prepare("DELETE FROM versions WHERE kind_no = ?").run(kindNo)
    this.#database.prepare("DELETE FROM kinds WHERE kind_no = ?").run(kindNo)
  }

  put({ kindNo, metric }: KindRow, records: ReadonlyArray<CheckedRecord>): void {
    const statements = this.#of(kindNo)
    const added = new Map<number, number>()
    const count = (version: number, more: number) =>
      added.set(version, (added.get(version) ?? 0) + more)
    for (const { id, version, vector } of records) {
      const bytes = bytesOf(vector)
      if (!insertNew(statements, id, version, bytes)) {
        const before = statements.get.get(id)?.[1]
        if (before === version) {
          statements.update.run(bytes, id)
          continue
        }
        statements.delete.run(id)
        statements.insert.run(id, BigInt(version), bytes)
        if (before !== undefined) count(before, -1)
      }
      count(version, 1)
    }
    for (const [version, more] of added) this.#count.run(kindNo, version, more)
    const extreme = metric === "cosine" && records.some(({ vector }) => isExtreme(vector))
    this.#touch.run(extreme ? 1 : 0, kindNo)
  }

  get({ kindNo }: KindRow, id: string): { version: number; vector: Float32Array } | undefined {
    const row = this.#of(kindNo).get.get(id)
    return row && { version: row[1], vector: floatsOf(row[2]) }
  }

  remove({ kindNo }: KindRow, id: string): boolean {
    const statements = this.#of(kindNo)
    const row = statements.get.get(id)
    if (row === undefined) return false
    statements.delete.run(id)
    this.#count.run(kindNo, row[1], -1)
    this.#touch.run(0, kindNo)
    return true
  }

  /** Every vector of a version, in no order. */
  *all({ kindNo }: KindRow, version: number): Generator<readonly [string, Float32Array]> {
    for (const [id, bytes] of this.#of(kindNo).all.iterate(BigInt(version))) {
      yield [id, floatsOf(bytes)]
    }
  }

  /** The nearest as sqlite-vec reckons, which is with 32 bits: distances are near the true ones. */
  nearest({ kindNo }: KindRow, version: number, vector: Float32Array, k: number) {
    return this.#of(kindNo)
      .nearest.all(bytesOf(vector), BigInt(k), BigInt(version))
      .map(([id, bytes, about]) => ({ id, vector: floatsOf(bytes), about }))
  }

  /** How many vectors of each kind there are, and a digest of them. */
  digests(): ReadonlyArray<KindDigest> {
    return this.described()
      .filter(({ vectors }) => vectors > 0)
      .flatMap(({ kind, versions }) => {
        const row = this.find(kind)
        if (row === undefined) return []
        const digests: Array<string> = []
        for (const { version } of versions) {
          for (const [id, vector] of this.all(row, version)) {
            digests.push(vectorDigest(id, version, vector))
          }
        }
        return [kindDigest(kind, row, digests)]
      })
  }

  countOf({ kindNo }: KindRow, version: number): number {
    const row = this.#database
      .prepare<[number, number], { vectors: number }>(
        "SELECT vectors FROM versions WHERE kind_no = ? AND version = ?",
      )
      .get(kindNo, version)
    return row?.vectors ?? 0
  }

  described(): ReadonlyArray<VectorKind> {
    const versions = this.#database
      .prepare<[], { kindNo: number; version: number; vectors: number }>(
        "SELECT kind_no AS kindNo, version, vectors FROM versions WHERE vectors > 0 ORDER BY version",
      )
      .all()
    return this.#database
      .prepare<
        [number, string],
        { kindNo: number; kind: string; metric: Metric; dimension: number }
      >(
        `SELECT kind_no AS kindNo, substr(kind, ?) AS kind, metric, dimension FROM kinds
          WHERE iif(kind GLOB '${besideMark}*', '${besideMark}', '') = ? ORDER BY kind`,
      )
      .all(this.#mark.length + 1, this.#mark)
      .map(({ kindNo, ...kind }) => {
        const own = versions
          .filter((row) => row.kindNo === kindNo)
          .map(({ version, vectors }) => ({ version, vectors }))
        return {
          ...kind,
          vectors: own.reduce((sum, { vectors }) => sum + vectors, 0),
          versions: own,
        }
      })
  }

  #of(kindNo: number): Statements {
    const known = this.#statements.get(kindNo)
    if (known !== undefined) return known
    const table = `vec_${kindNo}`
    const prepare = <P extends Array<unknown>, R = unknown>(sql: string) =>
      this.#database.prepare<P, R>(sql)
    const made: Statements = {
      insert: prepare(`INSERT INTO ${table} (id, version, vector) VALUES (?, ?, ?)`),
      update: prepare(`UPDATE ${table} SET vector = ? WHERE id = ?`),
      delete: prepare(`DELETE FROM ${table} WHERE id = ?`),
      get: prepare<[string], VectorRow>(
        `SELECT id, version, vector FROM ${table} WHERE id = ?`,
      ).raw(),
      all: prepare<[bigint], [string, Buffer]>(
        `SELECT id, vector FROM ${table} WHERE version = ?`,
      ).raw(),
      nearest: prepare<[Buffer, bigint, bigint], FoundRow>(
        `SELECT id, vector, distance FROM ${table} WHERE vector MATCH ? AND k = ? AND version = ?`,
      ).raw(),
    }
    this.#statements.set(kindNo, made)
    return made
  }
}

/** Whether the square of a vector's length is beyond what 32-bit floats hold well. */
export const isExtreme = (vector: Float32Array): boolean => {
  const squared = dotProduct(vector, 0, vector)
  return squared < 1e-24 || squared > 1e36
}

// Looking first would take as long again. sqlite-vec knows no upsert.
const insertNew = ({ insert }: Statements, id: string, version: number, bytes: Buffer): boolean => {
  try {
    insert.run(id, BigInt(version), bytes)
    return true
  } catch (cause) {
    if (cause instanceof SqliteError && cause.message.includes("UNIQUE")) return false
    throw cause
  }
}

const bytesOf = (vector: Float32Array): Buffer =>
  Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength)

/** A copy: the bytes may lie at any address, and floats must not. */
const floatsOf = (bytes: Buffer): Float32Array =>
  new Float32Array(new Uint8Array(bytes).buffer, 0, bytes.length / 4)
