import * as Effect from "effect/Effect"

/**
 * How often a waiting process looks whether another one has appended, in milliseconds. Where the
 * system tells of writes, it looks at once: this is for where it does not.
 */
const pollInterval = 100

/** Tells those who have read to the end of a log when to look again. */
export interface AppendSignal {
  /** How many appends have been noticed so far. To be asked before reading, for {@link after}. */
  readonly seen: () => number
  /** To be called after every append through this log. */
  readonly announce: () => void
  /** To be called when another process may have appended. */
  readonly look: () => void
  /** Waits until more appends have been noticed than `seen`. */
  readonly after: (seen: number) => Effect.Effect<void>
}

/**
 * `othersVersion` is a number that changes when somebody else appends. While somebody waits, and
 * only then, it is asked for, by `look` and by one timer; appends through this log are announced.
 */
export const makeAppendSignal = (othersVersion?: () => number): AppendSignal => {
  const waiters = new Set<() => void>()
  let noticed = 0
  let version = othersVersion?.()
  let timer: NodeJS.Timeout | undefined

  const announce = (): void => {
    noticed++
    for (const wake of [...waiters]) wake() // who is woken may wait again at once
  }
  const seen = (): number => {
    const now = othersVersion?.()
    if (now !== version) {
      version = now
      announce()
    }
    return noticed
  }
  const look = (): void => {
    if (waiters.size === 0) return
    try {
      seen()
    } catch {
      announce() // whoever wakes reads the log, fails the same way and knows whom to tell
    }
  }
  const leave = (wake: () => void): void => {
    waiters.delete(wake)
    if (waiters.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
  const after = (before: number): Effect.Effect<void> =>
    Effect.callback((resume) => {
      if (noticed !== before) return resume(Effect.void)
      const wake = (): void => {
        leave(wake)
        resume(Effect.void)
      }
      waiters.add(wake)
      if (othersVersion !== undefined) timer ??= setInterval(look, pollInterval)
      return Effect.sync(() => leave(wake))
    })

  return { seen, announce, look, after }
}
