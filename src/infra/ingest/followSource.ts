import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { EventLog } from "../eventlog/EventLog.ts"
import { findResume } from "./findResume.ts"
import { IngestStore } from "./IngestStore.ts"
import { type IngestError, ingestFile, passOver, rememberFile } from "./ingestSource.ts"
import type { SourceIngest } from "./SourceIngest.ts"
import { reading } from "./SourceUnreadable.ts"
import type { SourceFile } from "./source.ts"
import { finishTail, openTail, pathOf, readGrowth, type Tail } from "./Tail.ts"

/** How long to wait between looks at what is growing. */
const pause = "20 millis"
/** How many waits go by between looks at where the files are, and at those that do not grow. */
const waitsBetweenLooks = 50
/** A file is looked at in every wait until nothing has come in this many. */
const busyWaits = 3000
/** A file that was moved is left when nothing has come in this many looks. */
const looksBeforeLeaving = 60
/** A copy of a file that is followed may become that file's successor within this many looks. */
const looksAtCopy = 5

/** A file that has appeared, and in how many looks it could not be begun. */
interface Arrival {
  readonly file: SourceFile
  looks: number
}

/**
 * Reads the files of a source and goes on reading what they grow by. `arrivals` hands over files
 * as they appear; one that is followed already is not followed twice. A file that was moved is
 * followed until it is quiet, one that was emptied is read anew, one that is deleted is left; which
 * are followed now is kept in `followed`, by their keys. `onIdle` is told each time there is
 * nothing to read for now, and that all has been written.
 */
export const followSource = Effect.fn("followSource")(function* (
  ingest: SourceIngest,
  arrivals: () => ReadonlyArray<SourceFile>,
  followed: Set<string>,
  onIdle: () => void,
): Effect.fn.Return<never, IngestError, EventLog | IngestStore | Scope.Scope> {
  const tails = new Map<string, Tail>()
  let waiting: ReadonlyArray<Arrival> = []
  let unchanged: SourceFile | undefined

  yield* Effect.addFinalizer(() =>
    Effect.promise(() => {
      ingest.buffer.sessions.close()
      for (const { key } of tails.values()) followed.delete(key)
      return Promise.allSettled([...tails.values()].map(({ handle }) => handle.close()))
    }),
  )

  const close = (tail: Tail) =>
    finishTail(ingest, tail).pipe(
      Effect.andThen(Effect.promise(() => tail.handle.close())),
      Effect.andThen(
        Effect.sync(() => {
          tails.delete(tail.key)
          followed.delete(tail.key)
        }),
      ),
    )

  /** Begins with a file; answers whether it is to be tried again. */
  const begin = Effect.fnUntraced(function* (
    found: SourceFile,
    patient: boolean,
  ): Effect.fn.Return<boolean, IngestError, EventLog | IngestStore> {
    if (tails.has(found.key)) return false
    const path = yield* pathOf(found.path, found.key)
    if (path === undefined) return false
    const file = { ...found, path }
    const resume = yield* findResume(ingest, file)
    if (resume === "copy" && patient) return true
    ingest.progress.files++
    const before = resume === "copy" ? undefined : resume
    if (before?.unchanged === true) {
      yield* passOver(ingest, file, before.file)
      unchanged = file
    } else {
      if (unchanged !== undefined) yield* rememberFile(ingest, unchanged)
      unchanged = undefined
    }
    if (file.gzip) {
      // Compressed, it does not grow: it is read once, if it was not read before.
      const record =
        before?.unchanged === true
          ? before.file
          : (yield* ingestFile(ingest, file, before?.file)).record
      ingest.claimed.delete(record.fileId)
      return false
    }
    const position = before?.unchanged === true ? before.file.consumed : 0
    const tail = yield* openTail(file, before?.file, position).pipe(
      Effect.tap((opened) =>
        Effect.sync(() => {
          tails.set(file.key, opened)
          followed.add(file.key)
        }),
      ),
      Effect.uninterruptible,
    )
    // One after the other: what a file says may matter for the next.
    yield* readGrowth(ingest, tail)
    return false
  })

  const beginWaiting = Effect.gen(function* () {
    const still: Array<Arrival> = []
    for (const arrival of waiting) {
      const { file, looks } = arrival
      const again = yield* begin(file, looks < looksAtCopy).pipe(
        Effect.catchTag("SourceUnreadable", (error) =>
          Effect.as(looks === 0 ? Effect.logWarning(error.message) : Effect.void, true),
        ),
      )
      if (again) still.push({ file, looks: looks + 1 })
    }
    waiting = still
  })

  const lookAfter = Effect.fnUntraced(function* (tail: Tail) {
    const path = yield* pathOf(tail.path, tail.key)
    const { nlink } = yield* reading(tail.path, () => tail.handle.stat())
    if (path !== tail.path) tail.hasMoved = true
    if (path !== undefined && path !== tail.path) yield* moveTail(tail, path)
    const isLeft = tail.hasMoved && tail.quiet > looksBeforeLeaving * waitsBetweenLooks
    if (nlink > 0 && !isLeft) return
    yield* readGrowth(ingest, tail)
    yield* close(tail)
  })

  for (let waits = 0; ; waits++) {
    const isLook = waits % waitsBetweenLooks === 0
    if (isLook) for (const tail of tails.values()) yield* lookAfter(tail)
    const fresh = arrivals()
    waiting = [...waiting, ...fresh.map((file) => ({ file, looks: 0 }))]
    if (isLook || fresh.length > 0) yield* beginWaiting
    let grown = false
    for (const tail of tails.values()) {
      if (isLook || tail.quiet < busyWaits) grown = (yield* readGrowth(ingest, tail)) || grown
    }
    if (!grown && ingest.buffer.sessions.hasEvicted)
      yield* ingest.writer.flushSessions(ingest.buffer)
    if (!grown) onIdle()
    yield* Effect.sleep(pause)
  }
}, Effect.scoped)

const moveTail = Effect.fnUntraced(function* (tail: Tail, path: string) {
  const store = yield* IngestStore
  tail.path = path
  const record = tail.reading?.record
  if (record !== undefined) record.path = path
  const fileId = record?.fileId ?? tail.before?.fileId
  if (fileId !== undefined) yield* store.moveFile(fileId, path)
})
