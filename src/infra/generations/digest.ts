import type { Database } from "better-sqlite3"
import { type Column, type ComparedTable, isReference, type Reference } from "./comparedTables.ts"

/** The rows of a table: how many, and a digest of them that no order of them changes. */
export interface TableDigest {
  readonly rows: number
  /** 16 hexadecimal digits. */
  readonly digest: string
}

// Two sums of hashes, each modulo a prime below 2^31. A hash is a weighted sum of the columns, raised
// to the third power: a mere sum of sums would not notice that two rows have exchanged a value. The
// weights have 27 bits, so that 32 products of a column and its weight stay within 64.
const sums = [
  { prime: 2_147_483_647, factor: 1_103_515_245 },
  { prime: 2_147_483_629, factor: 69_069_013 },
] as const

const weightsOf = (factor: number, count: number): ReadonlyArray<number> => {
  let state = 1
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, factor) + 12_345) >>> 0
    return state >>> 5
  })
}

/** Gives a connection the function that texts are hashed by. */
export const defineTextHash = (database: Database): void => {
  database.function("text_hash", { deterministic: true }, (text: unknown) =>
    typeof text === "string" ? textHash(text) : 0,
  )
}

/** 53 bits of a text. */
const textHash = (text: string): number => {
  let one = 0x811c9dc5
  let two = 0x1234567
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    one = Math.imul(one ^ unit, 0x01000193)
    two = Math.imul(two ^ unit, 0x5bd1e995)
    two ^= two >>> 13
  }
  return (one >>> 0) * 0x200000 + ((two >>> 0) % 0x200000)
}

/**
 * SQL for the rows of a table that are compared, as `x`, with the names that its numbers stand for
 * joined. `only` is a column whose numbers are narrowed down to those in its temporary table.
 */
export const rowsOf = (schema: string, table: ComparedTable, only?: Reference): string => {
  const joins = [...table.key, ...table.rest]
    .filter(({ name }) => isReference(name))
    .map(({ name }) => {
      const kind = only === name ? "JOIN" : "LEFT JOIN"
      return `${kind} temp.${schema}_${name} AS ${name}_ ON ${name}_.no = x.${name}`
    })
  return `${schema}.${table.name} AS x ${joins.join(" ")}`
}

/** The digest of the rows of a table. */
export const digestOf = (
  database: Database,
  schema: string,
  table: ComparedTable,
  only?: Reference,
): TableDigest => {
  const columns = [...table.key, ...table.rest]
  const hashes = sums.map(({ prime, factor }, n) => {
    const weights = weightsOf(factor, columns.length)
    const products = columns.map((_, column) => `c${column} % ${prime} * ${weights[column]}`)
    return `(1 + ${products.join(" + ")}) % ${prime} AS h${n}`
  })
  const cubes = sums.map(
    ({ prime }, n) =>
      `(coalesce(sum(h${n} * h${n} % ${prime} * h${n} % ${prime}), 0) % ${prime} + ${prime}) % ${prime}`,
  )
  // LIMIT keeps SQLite from working out what is named once for every time it is named.
  const row = database
    .prepare<[], ReadonlyArray<number>>(
      `SELECT count(*), ${cubes.join(", ")} FROM (SELECT ${hashes.join(", ")}
         FROM (SELECT ${columns.map((column, n) => `${hashed(column)} AS c${n}`).join(", ")}
                 FROM ${rowsOf(schema, table, only)} LIMIT -1) LIMIT -1)`,
    )
    .raw()
    .get()
  const [rows = 0, ...totals] = row ?? []
  const digest = totals.map((total) => total.toString(16).padStart(8, "0")).join("")
  return { rows, digest }
}

// A number that refers to nothing stands for itself. None of this may be NULL: a sum leaves out a row
// whose hash is.
const hashed = ({ name, isText, isNullable }: Column): string => {
  if (isReference(name)) return `coalesce(${name}_.hash, x.${name} + 11, 7)`
  // What a function of ours answers is a real number to SQLite, and would make all that follows real:
  // too few digits for a product.
  const value = isText ? `CAST(text_hash(x.${name}) AS INTEGER)` : `x.${name} + 11`
  return isNullable ? `iif(x.${name} IS NULL, 7, ${value})` : value
}
