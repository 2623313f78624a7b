import type { LogRecord } from "./LogRecord.ts"
import type { TransactionLog } from "./TransactionLog.ts"

/**
 * What a reader of a stream sees: not what its metadata or a deletion has taken away, though all of
 * that stays in `$all`. `undefined` where there is no stream.
 */
export const streamRecords = (
  log: TransactionLog,
  name: string,
): ReadonlyArray<LogRecord> | undefined => {
  const stream = log.stream(name)
  if (stream === undefined || stream.deletion !== "none") return undefined
  const limits = retention(log, name)
  const oldest = Date.now() - limits.maxAge * 1_000
  const first = Math.max(
    stream.truncateBefore,
    limits.truncateBefore,
    stream.records.length - limits.maxCount,
  )
  const kept = first > 0 ? stream.records.slice(first) : stream.records
  return kept.filter((record) => Number(record.created) / 10_000 >= oldest)
}

interface Retention {
  readonly maxAge: number
  readonly maxCount: number
  readonly truncateBefore: number
}

const retention = (log: TransactionLog, name: string): Retention => {
  const data = log.stream(`$$${name}`)?.records.at(-1)?.data
  const metadata: unknown = data === undefined ? {} : JSON.parse(Buffer.from(data).toString("utf8"))
  const number = (key: string, otherwise: number): number => {
    const value: unknown =
      typeof metadata === "object" && metadata !== null ? Reflect.get(metadata, key) : undefined
    return typeof value === "number" ? value : otherwise
  }
  return {
    maxAge: number("$maxAge", Number.POSITIVE_INFINITY),
    maxCount: number("$maxCount", Number.MAX_SAFE_INTEGER),
    truncateBefore: number("$tb", 0),
  }
}
