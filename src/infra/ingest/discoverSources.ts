import { basename, dirname, resolve } from "node:path"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { DirectoryWatch } from "./DirectoryWatch.ts"
import type { Compression } from "./decompress.ts"
import { findSources } from "./findSources.ts"
import type { IngestSettings } from "./ingestSettings.ts"
import { passedOver } from "./NotALog.ts"
import { SourceFeed } from "./SourceFeed.ts"
import type { Source } from "./source.ts"
import {
  keyAt,
  type OnDirectory,
  type SourcePath,
  sourcePathAt,
  sourcePaths,
} from "./sourcePaths.ts"

/** A source whose files are read by whoever takes what `feed` tells. */
export interface FedSource {
  readonly source: Source
  readonly feed: SourceFeed
}

/** What a look at the paths has shown: the sources that are new, and news of the other files. */
export interface Discovered {
  readonly sources: ReadonlyArray<FedSource>
  /** What the operator should know, said once for as long as it is so. */
  readonly warnings: ReadonlyArray<string>
}

/** Finds the files below some paths, and what becomes of them. */
export interface Discovery {
  /** Looks at all files. */
  readonly look: Effect.Effect<Discovered>
  /** Waits a while for the system to tell what has changed, and looks at that. */
  readonly next: Effect.Effect<Discovered>
  /** Tells of all files of a source once more: whoever reads it begins again. */
  readonly again: (feed: SourceFeed) => void
}

/** A file that is there, and what is known of it. */
interface Known {
  file: SourcePath
  /** Its stamp when its source was last told of it, or when it was seen to be of none. */
  told: string | undefined
  /** The stamp that it had at the look before. */
  before: string | undefined
  compression: Compression | undefined
  feed: SourceFeed | undefined
  /** Whether its feed is that of the source that it belongs to, as it is called now. */
  isSorted: boolean
  isUnknown: boolean
}

/** A directory in which something is looked for: everything, or what goes by these names. */
interface Interest {
  isSearched: boolean
  /** The path here of each name there. */
  readonly names: Map<string, string>
}

/** How long `next` waits for something to happen. */
const patience = "1 second"
/** What happens within this time is looked at together. */
const gathering = "10 millis"
/** How soon to look again at a compressed file that may be being written, in milliseconds. */
const settling = 1000
/** How often to look at all files where the system tells of changes, and where it does not. */
const lookEvery = { told: 30_000, untold: 1000 }
/** Looking at all files takes no more than this share of the time. */
const share = 1 / 50
/** Milliseconds by which the system should have told of a change. */
const deafAfter = 2000
/** So many files are sorted into sources at a time: the first are read before all are known. */
const someFiles = 1000

/**
 * Finds the files below some paths, sorts them into sources, and tells of what becomes of them. The
 * system's events say where to look; where it has none, and in case it misses some, everything is
 * looked at now and then. A file of no known format is looked at again when it has changed, since a
 * log may have had too little in it to be recognised. Left for later is a compressed file that is
 * being written: it has to be seen twice alike.
 */
export const makeDiscovery = Effect.fnUntraced(function* (
  paths: ReadonlyArray<string>,
  own: string,
  settings: IngestSettings,
): Effect.fn.Return<Discovery, never, Scope.Scope> {
  const watch = yield* DirectoryWatch.make
  const known = new Map<string, Known>()
  const keys = new Map<string, string>()
  const feeds = new Map<string, SourceFeed>()
  const deaf = new Set<string>()
  /** Compressed files that were just written, with when to look again. */
  const unsettled = new Map<string, number>()
  let interests = new Map<string, Interest>()
  let unreadable: ReadonlySet<string> = new Set()
  let isFirst = true
  let pending: Array<Known> = []
  let lastLook = { at: 0, took: 0 }
  let nextLook = 0

  /**
   * Takes note of a file as it is now; answers what is known of it if that is news. Of one with
   * another name it is asked again what it is: it may be a new file with the number of one that
   * was deleted.
   */
  const update = Effect.fnUntraced(function* (now: SourcePath) {
    const entry = known.get(now.key)
    keys.set(now.path, now.key)
    if (entry === undefined) {
      const made: Known = {
        file: now,
        ...{ told: undefined, before: isFirst ? now.stamp : undefined },
        ...{ compression: undefined, feed: undefined, isSorted: false, isUnknown: false },
      }
      known.set(now.key, made)
      return made
    }
    const { path, stamp } = entry.file
    // One of several names that it has is as good as another.
    const hasMoved = path !== now.path && (yield* keyAt(path)) !== now.key
    entry.before = stamp
    entry.file = hasMoved ? now : { ...now, path }
    if (hasMoved) entry.told = undefined
    entry.isSorted &&= !hasMoved
    return hasMoved || entry.told !== now.stamp ? entry : undefined
  })

  const forget = (key: string, { file: { path }, feed }: Known): void => {
    known.delete(key)
    if (keys.get(path) === key) keys.delete(path)
    feed?.leave(key)
  }

  /** Tells the source of a file that it has changed, unless it is still being written. */
  const tell = (entry: Known, now: number): void => {
    const { compression, file, before, feed } = entry
    if (compression !== undefined && before !== file.stamp) {
      unsettled.set(file.path, now + settling)
      return
    }
    entry.told = file.stamp
    const { path, key, size } = file
    feed?.change({ path, key, compression, size })
  }

  /** Sorts some of the files that are pending into sources. */
  const sort = Effect.fnUntraced(function* (): Effect.fn.Return<Discovered> {
    const some = pending.slice(0, someFiles)
    pending = pending.slice(someFiles)
    const fresh = some.filter(({ file, told }) => file.size > 0 && told !== file.stamp)
    const found = yield* findSources(
      fresh.map(({ file }) => file),
      { ...settings, format: settings.adapter },
    )
    const now = yield* Clock.currentTimeMillis
    for (const { key, stamp } of [...found.unknown, ...found.empty]) {
      const entry = known.get(key)
      if (entry !== undefined) entry.told = stamp
    }
    const sources = found.sources.flatMap((source) => {
      const before = feeds.get(source.name)
      const feed = before ?? new SourceFeed()
      feeds.set(source.name, feed)
      for (const { key, compression } of source.files) {
        const entry = known.get(key)
        if (entry === undefined) continue
        if (entry.feed !== feed) entry.feed?.leave(key)
        Object.assign(entry, { compression, feed, isSorted: true })
        tell(entry, now)
      }
      return before === undefined ? [{ source, feed }] : []
    })
    const warnings = found.unreadable.map(({ message }) => message)
    const strange = found.unknown.filter(({ key }) => {
      const entry = known.get(key)
      if (entry === undefined || entry.isUnknown) return false
      entry.isUnknown = true
      return true
    })
    warnings.push(...passedOver(strange.map(({ notALog }) => notALog)))
    return { sources, warnings }
  })

  const take = (entries: ReadonlyArray<Known>, now: number): void => {
    for (const entry of entries) {
      if (entry.isSorted) tell(entry, now)
      else pending.push(entry)
    }
  }

  const onDirectory: OnDirectory = (directory, file) => {
    const interest = interests.get(directory) ?? { isSearched: false, names: new Map() }
    interests.set(directory, interest)
    if (file === undefined) interest.isSearched = true
    else interest.names.set(file.name, file.path)
    watch.add(directory)
  }

  const lookAtAll = Effect.fnUntraced(function* (
    changed: ReadonlyArray<string>,
  ): Effect.fn.Return<Discovered> {
    const at = yield* Clock.currentTimeMillis
    interests = new Map()
    const told = new Set(changed)
    const notRead = new Set<string>()
    const there = new Set<string>()
    const news: Array<Known> = []
    for (const path of paths) {
      const found = yield* Effect.result(sourcePaths([path], own, onDirectory))
      if (found._tag === "Failure") {
        notRead.add(found.failure.message)
        const absolute = resolve(path)
        onDirectory(dirname(absolute), { name: basename(absolute), path: absolute })
        continue
      }
      for (const { message } of found.success.unreadable) notRead.add(message)
      for (const file of found.success.files) {
        const before = known.get(file.key)?.file.stamp
        const isUntold = before !== undefined && before !== file.stamp && !told.has(file.path)
        if (isUntold && at - file.changed > deafAfter) deaf.add(dirname(file.path))
        there.add(file.key)
        const entry = yield* update(file)
        if (entry !== undefined) news.push(entry)
      }
    }
    for (const [key, entry] of known) if (!there.has(key)) forget(key, entry)
    watch.keepOnly(new Set(interests.keys()))
    take(news, at)
    const { sources, warnings } = yield* sort()
    isFirst = false
    const now = yield* Clock.currentTimeMillis
    lastLook = { at: now, took: now - at }
    const isTold = interests.keys().every((one) => watch.isWatched(one) && !deaf.has(one))
    nextLook = now + Math.max(isTold ? lookEvery.told : lookEvery.untold, lastLook.took / share)
    const again = unreadable
    unreadable = notRead
    return { sources, warnings: [...notRead.difference(again), ...warnings] }
  })

  /** Has everything looked at as soon as that is not too often. */
  const lookSoon = (): void => {
    nextLook = Math.min(nextLook, lastLook.at + lastLook.took / share)
  }

  const lookAt = Effect.fnUntraced(function* (
    changed: Iterable<string>,
  ): Effect.fn.Return<Discovered> {
    const missing: Array<{ readonly at: string; readonly key: string; readonly entry: Known }> = []
    const news: Array<Known> = []
    for (const path of changed) {
      if (interests.has(path)) lookSoon()
      const interest = interests.get(dirname(path))
      if (interest === undefined) continue
      const name = basename(path)
      const here = interest.names.get(name)
      if (here === undefined && (!interest.isSearched || name.startsWith("."))) continue
      const file = yield* Effect.result(sourcePathAt(here ?? path, here !== undefined))
      if (file._tag === "Failure" || file.success === "other") lookSoon()
      else if (file.success === "missing") {
        const at = here ?? path
        const key = keys.get(at)
        const entry = key === undefined ? undefined : known.get(key)
        keys.delete(at)
        if (here !== undefined) lookSoon()
        if (key !== undefined && entry !== undefined) missing.push({ at, key, entry })
      } else {
        const entry = yield* update(file.success)
        if (entry !== undefined) news.push(entry)
      }
    }
    // What has got another name was found under that.
    for (const { at, key, entry } of missing) if (entry.file.path === at) forget(key, entry)
    take(news, yield* Clock.currentTimeMillis)
    return yield* sort()
  })

  return {
    look: Effect.suspend(() => lookAtAll(watch.take())),
    next: Effect.gen(function* () {
      if (pending.length > 0) return yield* sort()
      yield* Effect.timeoutOption(Effect.andThen(watch.news, Effect.sleep(gathering)), patience)
      const now = yield* Clock.currentTimeMillis
      const changed = watch.take()
      if (now >= nextLook) return yield* lookAtAll(changed)
      const settled = [...unsettled].flatMap(([path, at]) => (at <= now ? [path] : []))
      for (const path of settled) unsettled.delete(path)
      return yield* lookAt(new Set([...changed, ...settled]))
    }),
    again: (feed) => {
      for (const entry of known.values()) if (entry.feed === feed) tell(entry, 0)
    },
  }
})
