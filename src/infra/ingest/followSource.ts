import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { EventLog } from "../eventlog/EventLog.ts"
import { writeAll } from "./FileReading.ts"
import { findResume } from "./findResume.ts"
import { IngestStore } from "./IngestStore.ts"
import { type IngestError, ingestFile, passOver, rememberFile } from "./ingestSource.ts"
import { openFiles } from "./OpenFiles.ts"
import type { SourceFeed } from "./SourceFeed.ts"
import type { SourceIngest } from "./SourceIngest.ts"
import type { SourceFile } from "./source.ts"
import { closeTail, finishTail, isDeleted, newTail, pathOf, readGrowth, type Tail } from "./Tail.ts"

/** How long to gather, after something was read, what comes next: writing costs a sync each time. */
const pause = "20 millis"
/** How often to look after what nobody may tell of: files that were moved, or are to be tried again. */
const lookEvery = 1000
/** A file that was moved is left when nothing has come for so long, in milliseconds. */
const movedPatience = 60_000
/** A copy of a file that is followed may become that file's successor within this many looks. */
const looksAtCopy = 5
/** A file of this size, or less, is read again from its start when it grows, and not kept in mind. */
const soonReadAgain = 64 * 1024
/** A file in which nothing has come for a day is not kept in mind either. */
const forgetAfter = 24 * 3600 * 1000

/** So many files are begun before those that are followed have their turn again. */
const someFiles = 100

/** A file to be begun, and in how many looks it could not be. */
interface Arrival {
  readonly file: SourceFile
  looks: number
}

/**
 * Reads the files of a source and goes on reading what they grow by. `feed` tells of files that
 * appear, change or go. A file that was moved is followed until it is quiet, one that was emptied
 * is read as another, one that is deleted is left. `onIdle` is told each time there is nothing to
 * read for now, and that all has been written.
 */
export const followSource = Effect.fn("followSource")(function* (
  ingest: SourceIngest,
  feed: SourceFeed,
  onIdle: () => void,
): Effect.fn.Return<never, IngestError, EventLog | IngestStore | Scope.Scope> {
  const files = yield* openFiles
  const { buffer, claims } = ingest
  /** What is kept in mind of files that have grown, or are long, by their keys. */
  const tails = new Map<string, Tail>()
  const fresh: Array<SourceFile> = []
  const waiting: Array<Arrival> = []
  let unchanged: SourceFile | undefined

  buffer.onEvicted = () => feed.wake()
  yield* Effect.addFinalizer(() => {
    buffer.sessions.close()
    claims.releaseAll()
    return Effect.forEach(tails.values(), closeTail, { discard: true })
  })

  const forget = (tail: Tail) => {
    tails.delete(tail.key)
    return closeTail(tail)
  }
  const close = (tail: Tail) => Effect.andThen(forget(tail), finishTail(ingest, tail))

  /** Begins with a file; answers whether it is to be tried again. */
  const begin = Effect.fnUntraced(function* (
    found: SourceFile,
    patient: boolean,
  ): Effect.fn.Return<boolean, IngestError, EventLog | IngestStore> {
    // How far it was read the last time has to be in its record by now.
    if (claims.recordOf(found.key) !== undefined && ingest.unwritten.size > 0) {
      yield* writeAll(ingest)
    }
    const path = yield* pathOf(found.path, found.key)
    if (path === undefined) {
      claims.release(found.key)
      return false
    }
    const file = { ...found, path }
    const resume = yield* files.inTurn(findResume(ingest, file))
    if (resume === "copy" && patient) return true
    const before = resume === "copy" ? undefined : resume
    const known = claims.recordOf(file.key)
    const isKnown = known !== undefined && known === before?.file.fileId
    // It was emptied, or rewritten: what it was may be what another file is now.
    if (!isKnown) claims.release(file.key)
    if (file.size === 0) return false
    if (!isKnown) ingest.progress.files++
    if (before?.unchanged === true) {
      if (!isKnown) yield* passOver(ingest, file, before.file)
      else if (before.file.path !== path) yield* (yield* IngestStore).moveFile(known, path)
      if (!isKnown) unchanged = file
      return false
    }
    if (unchanged !== undefined) yield* files.inLongTurn(rememberFile(ingest, unchanged))
    unchanged = undefined
    if (file.compression !== undefined) {
      // Compressed, it does not grow: it is read once, if it was not read before.
      yield* files.inLongTurn(ingestFile(ingest, file, before?.file))
      yield* writeAll(ingest)
      claims.release(file.key)
      return false
    }
    const tail = newTail(file, before?.file, yield* Clock.currentTimeMillis)
    tails.set(file.key, tail)
    // One after the other: what a file says may matter for the next.
    yield* grow(tail)
    if (!isKnown && tail.position <= soonReadAgain && isWhole(tail)) yield* forget(tail)
    return false
  })

  const isWhole = ({ reading }: Tail): boolean =>
    reading === undefined ||
    (reading.splitter.rest().length === 0 && !buffer.isInside(reading.reader))

  /** Reads what a file has grown by; answers whether it had. */
  const grow = Effect.fnUntraced(function* (tail: Tail) {
    const grew = yield* readGrowth(ingest, tail).pipe(
      Effect.catchTag("SourceUnreadable", (error) =>
        Effect.gen(function* () {
          if (error.missing !== true) yield* Effect.logWarning(error.message)
          yield* lookAfter(tail)
          // It is where it was, and cannot be read now.
          if (tails.has(tail.key) && error.missing !== true) yield* tryAgain(tail)
          return false
        }),
      ),
    )
    if (grew) tail.grew = yield* Clock.currentTimeMillis
    return grew
  })

  const tryAgain = (tail: Tail) =>
    Effect.andThen(
      forget(tail),
      Effect.sync(() => {
        const { path, key, position } = tail
        waiting.push({ file: { path, key, compression: undefined, size: position }, looks: 1 })
      }),
    )

  const beginAll = Effect.fnUntraced(function* (arrivals: ReadonlyArray<Arrival>) {
    for (const arrival of arrivals) {
      const { file, looks } = arrival
      const again = yield* begin(file, looks < looksAtCopy).pipe(
        Effect.catchTag("SourceUnreadable", (error) =>
          Effect.as(looks === 0 ? Effect.logWarning(error.message) : Effect.void, true),
        ),
      )
      if (again) waiting.push({ file, looks: looks + 1 })
    }
  })

  const lookAfter = Effect.fnUntraced(function* (tail: Tail) {
    const path = yield* pathOf(tail.path, tail.key)
    if (path !== tail.path) tail.hasMoved = true
    if (path !== undefined && path !== tail.path) yield* moveTail(tail, path)
    const now = yield* Clock.currentTimeMillis
    const isLeft = tail.hasMoved && now - tail.grew > movedPatience
    const isLost = path === undefined && (tail.handle === undefined || (yield* isDeleted(tail)))
    if (!isLeft && !isLost) return
    if (path !== undefined || tail.handle !== undefined) yield* readGrowth(ingest, tail)
    yield* close(tail)
  })

  for (let nextLook = 0, nextForget = 0; ; ) {
    const { changed, gone } = feed.take()
    const now = yield* Clock.currentTimeMillis
    const isLook = now >= nextLook
    if (isLook) nextLook = now + lookEvery
    for (const key of gone) {
      const tail = tails.get(key)
      if (tail === undefined) claims.release(key)
      else yield* lookAfter(tail)
    }
    let grew = false
    for (const file of changed) {
      const tail = tails.get(file.key)
      if (tail === undefined) {
        fresh.push(file)
        continue
      }
      if (file.path !== tail.path) {
        tail.hasMoved = true
        yield* moveTail(tail, file.path)
      }
      grew = (yield* grow(tail)) || grew
    }
    if (isLook) {
      yield* beginAll(waiting.splice(0))
      for (const tail of tails.values()) {
        if (!tail.hasMoved) continue
        grew = (yield* grow(tail)) || grew
        if (tails.has(tail.key)) yield* lookAfter(tail)
      }
    }
    yield* beginAll(fresh.splice(0, someFiles).map((file) => ({ file, looks: 0 })))
    if (now >= nextForget) {
      nextForget = now + forgetAfter / 24
      for (const tail of tails.values()) {
        if (now - tail.grew > forgetAfter && isWhole(tail)) yield* forget(tail)
      }
    }
    const isMore = fresh.length > 0
    const isUnwritten = ingest.unwritten.size > 0 || buffer.sessions.hasEvicted
    if (isUnwritten && (grew || !isMore)) yield* writeAll(ingest)
    if (isMore) continue
    if (!grew) onIdle()
    const mustLook = waiting.length > 0 || tails.values().some(({ hasMoved }) => hasMoved)
    if (grew) yield* Effect.sleep(pause)
    else yield* mustLook ? feed.news.pipe(Effect.timeoutOption(lookEvery)) : feed.news
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
