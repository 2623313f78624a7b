import { type Database, SqliteError, type Statement } from "better-sqlite3"
import { dotProduct } from "../../../domain/session/distance.ts"
import type { Metric } from "../../../domain/session/fingerprint.ts"
import type { CheckedRecord, Shape } from "../checked.ts"
import { kindDigest, vectorDigest } from "../kindDigest.ts"
import type { KindDigest, VectorKind } from "../VectorStore.ts"
import { vectorTable } from "./vectorSchema.ts"

/** A kind as the file has it. */
export interface KindRow extends Shape {
  readonly kindNo: number
  readonly revision: number
  /** Whether sqlite-vec's 32 bits cannot hold the length of some vector: 1 or 0. */
  readonly extreme: number
}

/** A version of a kind. Its vectors are in a table of their own. */
interface VersionRow {
  readonly versionNo: number
  readonly version: number
  readonly vectors: number
}

/** A vector as sqlite-vec gives it back. */
type VectorRow = [id: string, vector: Buffer]
type FoundRow = [id: string, vector: Buffer, distance: number | null]

interface Statements {
  readonly insert: Statement<[string, Buffer]>
  readonly update: Statement<[Buffer, string]>
  readonly delete: Statement<[string]>
  readonly get: Statement<[string], VectorRow>
  readonly all: Statement<[], VectorRow>
  readonly nearest: Statement<[Buffer, bigint], FoundRow>
}

/** A version that is being written. */
interface Written {
  readonly versionNo: number
  readonly version: number
  readonly statements: Statements
  added: number
}

/** Kinds that are being rebuilt stand under their name with this before it, which no kind has. */
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
  readonly #versions: Statement<[number], VersionRow>
  readonly #addVersion: Statement<[number, number]>
  readonly #count: Statement<[number, number]>
  readonly #touch: Statement<[number, number]>

  constructor(database: Database, mark: "" | typeof besideMark = "") {
    this.#database = database
    this.#mark = mark
    this.#byName = database.prepare(
      `SELECT kind_no AS kindNo, metric, dimension, revision, extreme FROM kinds WHERE kind = ?`,
    )
    this.#versions = database.prepare(
      `SELECT version_no AS versionNo, version, vectors FROM versions WHERE kind_no = ?
         ORDER BY version`,
    )
    this.#addVersion = database.prepare(
      "INSERT INTO versions (kind_no, version, vectors) VALUES (?, ?, 0)",
    )
    this.#count = database.prepare("UPDATE versions SET vectors = vectors + ? WHERE version_no = ?")
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
    return { kindNo: Number(lastInsertRowid), metric, dimension, revision: 0, extreme: 0 }
  }

  /** Takes the mark away: a kind that was made beside the others becomes one of them. */
  reveal({ kindNo }: KindRow): void {
    this.#database
      .prepare("UPDATE kinds SET kind = substr(kind, ?) WHERE kind_no = ?")
      .run(this.#mark.length + 1, kindNo)
  }

  /** Forgets a kind altogether; another one of its name will have other numbers. */
  drop({ kindNo }: KindRow): void {
    for (const { versionNo } of this.#versions.all(kindNo)) {
      this.#statements.delete(versionNo)
      this.#database.exec(`DROP TABLE vec_${versionNo}`)
    }
    this.#database.prepare("DELETE FROM versions WHERE kind_no = ?").run(kindNo)
    this.#database.prepare("DELETE FROM kinds WHERE kind_no = ?").run(kindNo)
  }

  /** What a kind has decided, as checks of records want it. */
  readonly shapeOf = (kind: string): Shape | undefined => this.find(kind)

  /** Keeps records that were checked, in place of those that have their kind and id. */
  write(records: ReadonlyArray<CheckedRecord>): void {
    for (const [kind, ofKind] of Map.groupBy(records, (record) => record.kind)) {
      const [{ metric, vector }] = ofKind as [CheckedRecord] // a group has at least one
      const row = this.find(kind) ?? this.add(kind, { metric, dimension: vector.length })
      this.#put(row, ofKind)
    }
  }

  #put(kind: KindRow, records: ReadonlyArray<CheckedRecord>): void {
    const all = this.#versions.all(kind.kindNo).map((row) => this.#written(row))
    for (const { id, version, vector } of records) {
      let own = all.find((one) => one.version === version)
      if (own === undefined) {
        own = this.#written({ versionNo: this.#makeVersion(kind, version), version })
        all.push(own)
      }
      const bytes = bytesOf(vector)
      if (insertNew(own.statements, id, bytes)) own.added++
      else own.statements.update.run(bytes, id)
      for (const other of all) {
        if (other !== own && other.statements.delete.run(id).changes > 0) other.added--
      }
    }
    for (const { added, versionNo } of all) this.#count.run(added, versionNo)
    const extreme = kind.metric === "cosine" && records.some(({ vector }) => isExtreme(vector))
    this.#touch.run(extreme ? 1 : 0, kind.kindNo)
  }

  get({ kindNo }: KindRow, id: string): { version: number; vector: Float32Array } | undefined {
    for (const { versionNo, version } of this.#versions.all(kindNo)) {
      const row = this.#of(versionNo).get.get(id)
      if (row !== undefined) return { version, vector: floatsOf(row[1]) }
    }
    return undefined
  }

  remove({ kindNo }: KindRow, id: string): boolean {
    for (const { versionNo } of this.#versions.all(kindNo)) {
      if (this.#of(versionNo).delete.run(id).changes === 0) continue
      this.#count.run(-1, versionNo)
      this.#touch.run(0, kindNo)
      return true
    }
    return false
  }

  /** Every vector of a version, in no order. */
  *all(kind: KindRow, version: number): Generator<readonly [string, Float32Array]> {
    const row = this.#version(kind, version)
    if (row === undefined) return
    for (const [id, bytes] of this.#of(row.versionNo).all.iterate()) yield [id, floatsOf(bytes)]
  }

  /** The nearest as sqlite-vec reckons, which is with 32 bits: distances are near the true ones. */
  nearest(kind: KindRow, version: number, vector: Float32Array, k: number) {
    const row = this.#version(kind, version)
    if (row === undefined) return []
    return this.#of(row.versionNo)
      .nearest.all(bytesOf(vector), BigInt(k))
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

  countOf(kind: KindRow, version: number): number {
    return this.#version(kind, version)?.vectors ?? 0
  }

  described(): ReadonlyArray<VectorKind> {
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
        const versions = this.#versions
          .all(kindNo)
          .filter(({ vectors }) => vectors > 0)
          .map(({ version, vectors }) => ({ version, vectors }))
        const vectors = versions.reduce((sum, version) => sum + version.vectors, 0)
        return { ...kind, vectors, versions }
      })
  }

  #version({ kindNo }: KindRow, version: number): VersionRow | undefined {
    return this.#versions.all(kindNo).find((row) => row.version === version)
  }

  #makeVersion({ kindNo, metric, dimension }: KindRow, version: number): number {
    const versionNo = Number(this.#addVersion.run(kindNo, version).lastInsertRowid)
    this.#database.exec(vectorTable(versionNo, metric, dimension))
    return versionNo
  }

  #written({ versionNo, version }: Pick<VersionRow, "versionNo" | "version">): Written {
    return { versionNo, version, statements: this.#of(versionNo), added: 0 }
  }

  #of(versionNo: number): Statements {
    const known = this.#statements.get(versionNo)
    if (known !== undefined) return known
    const table = `vec_${versionNo}`
    const prepare = <P extends Array<unknown>, R = unknown>(sql: string) =>
      this.#database.prepare<P, R>(sql)
    const made: Statements = {
      insert: prepare(`INSERT INTO ${table} (id, vector) VALUES (?, ?)`),
      update: prepare(`UPDATE ${table} SET vector = ? WHERE id = ?`),
      delete: prepare(`DELETE FROM ${table} WHERE id = ?`),
      get: prepare<[string], VectorRow>(`SELECT id, vector FROM ${table} WHERE id = ?`).raw(),
      all: prepare<[], VectorRow>(`SELECT id, vector FROM ${table}`).raw(),
      nearest: prepare<[Buffer, bigint], FoundRow>(
        `SELECT id, vector, distance FROM ${table} WHERE vector MATCH ? AND k = ?`,
      ).raw(),
    }
    this.#statements.set(versionNo, made)
    return made
  }
}

/** Whether the square of a vector's length is beyond what 32-bit floats hold well. */
export const isExtreme = (vector: Float32Array): boolean => {
  const squared = dotProduct(vector, 0, vector)
  return squared < 1e-24 || squared > 1e36
}

// Looking first would take as long again. sqlite-vec knows no upsert.
const insertNew = ({ insert }: Statements, id: string, bytes: Buffer): boolean => {
  try {
    insert.run(id, bytes)
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
