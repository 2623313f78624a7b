import type { Database } from "better-sqlite3"
import { type Column, type ComparedTable, isReference, type Reference } from "./comparedTables.ts"

/** The rows of a table: how many, and a digest of them that no order of them changes. */
export interface TableDigest {
  readonly rows: number
  /** 16 hexadecimal digits. */
  readonly digest: string
}

// A row is a weighted sum of what its columns say, each modulo a prime below 2^37: with weights of 20
// bits, the sum of 32 stays within 63 bits. A table is two sums of the third powers of that, each modulo
// another prime below 2^31: of a mere sum of sums, two rows could have exchanged a value unseen.
const columnPrime = 137_438_953_447
const primes = [2_147_483_647, 2_147_483_629] as const
const mostTerms = 32

const weightsOf = (count: number): ReadonlyArray<number> => {
  if (count > mostTerms) throw new Error(`${count} columns are too many for a digest`)
  let state = 1
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return state >>> 12
  })
}

/** Gives a connection the function that texts are hashed by: any number of them at once. */
export const defineTextHash = (database: Database): void => {
  database.function(
    "text_hash",
    { deterministic: true, varargs: true },
    (...texts: ReadonlyArray<unknown>) => textHash(texts),
  )
}

// No unit of a text: what ends one, and what stands for NULL.
const end = 0x10000
const absent = 0x10001

/** 53 bits of texts in this order. */
const textHash = (texts: ReadonlyArray<unknown>): number => {
  let one = 0x811c9dc5
  let two = 0x1234567
  const take = (unit: number): void => {
    one = Math.imul(one ^ unit, 0x01000193)
    two = Math.imul(two ^ unit, 0x5bd1e995)
    two ^= two >>> 13
  }
  for (const text of texts) {
    if (typeof text !== "string") {
      take(absent)
      continue
    }
    for (let index = 0; index < text.length; index++) take(text.charCodeAt(index))
    take(end)
  }
  return (one >>> 0) * 0x200000 + ((two >>> 0) % 0x200000)
}

/**
 * SQL for the rows of a table that are compared, as `x`, with the names that its numbers stand for
 * joined. `only` is a column whose numbers are narrowed down to those in its temporary table; rows
 * in which it is empty belong to nothing that could be touched, and all remain.
 */
export const rowsOf = (schema: string, table: ComparedTable, only?: Reference): string => {
  const rows = `${schema}.${table.name} AS x`
  const join = (name: string) => `temp.${schema}_${name} AS ${name}_ ON ${name}_.no = x.${name}`
  const columns = [...table.key, ...table.rest].filter(({ name }) => isReference(name))
  const narrowed = columns.find(({ name }) => name === only)
  const others = columns
    .filter((column) => column !== narrowed)
    .map(({ name }) => `LEFT JOIN ${join(name)}`)
  if (narrowed === undefined) return [rows, ...others].join(" ")
  const { name, isNullable } = narrowed
  if (isNullable) {
    const isIn = `(x.${name} IS NULL OR ${name}_.no IS NOT NULL)`
    return [rows, `LEFT JOIN ${join(name)}`, ...others, `WHERE ${isIn}`].join(" ")
  }
  // From the few to their rows, never the other way round: the live generation stands still meanwhile.
  const few = `temp.${schema}_${name} AS ${name}_ CROSS JOIN ${rows} ON ${name}_.no = x.${name}`
  return [few, ...others].join(" ")
}

/** The digest of the rows of a table. */
export const digestOf = (
  database: Database,
  schema: string,
  table: ComparedTable,
  only?: Reference,
): TableDigest => {
  const terms = termsOf([...table.key, ...table.rest])
  const weights = weightsOf(terms.length)
  const sum = terms.map((term, n) => `${term} % ${columnPrime} * ${weights[n]}`).join(" + ")
  const cubes = primes.map(
    (prime, n) =>
      `(coalesce(sum(h${n} * h${n} % ${prime} * h${n} % ${prime}), 0) % ${prime} + ${prime}) % ${prime}`,
  )
  // LIMIT keeps SQLite from working out what is named once for every time it is named.
  const row = database
    .prepare<[], ReadonlyArray<number>>(
      `SELECT count(*), ${cubes.join(", ")}
         FROM (SELECT ${primes.map((prime, n) => `h % ${prime} AS h${n}`).join(", ")}
                 FROM (SELECT 1 + ${sum} AS h FROM ${rowsOf(schema, table, only)} LIMIT -1)
                LIMIT -1)`,
    )
    .raw()
    .get()
  const [rows = 0, ...totals] = row ?? []
  const digest = totals.map((total) => total.toString(16).padStart(8, "0")).join("")
  return { rows, digest }
}

// SQL for what a row says. None of it may be NULL: a sum leaves out a row of which anything is.
const termsOf = (columns: ReadonlyArray<Column>): ReadonlyArray<string> => {
  const isHashed = ({ name, isText }: Column): boolean => isText && !isReference(name)
  const texts = columns.filter(isHashed).map(({ name }) => `x.${name}`)
  const numbers = columns.filter((column) => !isHashed(column)).map(numberIn)
  // What a function of ours answers is a real number to SQLite, and would make all that follows real:
  // too few digits for a product.
  return texts.length === 0
    ? numbers
    : [...numbers, `CAST(text_hash(${texts.join(", ")}) AS INTEGER)`]
}

// No number that a column holds.
const noNumber = -1_000_003

// A number that refers to nothing stands for itself.
const numberIn = ({ name, isNullable }: Column): string => {
  if (isReference(name)) return `coalesce(${name}_.hash, x.${name}, ${noNumber})`
  return isNullable ? `coalesce(x.${name}, ${noNumber})` : `x.${name}`
}
