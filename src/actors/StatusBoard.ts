import * as Effect from "effect/Effect"
import type { Child } from "./Child.ts"
import type { ChildStatus, Transition } from "./ChildStatus.ts"
import type { Failure } from "./failure.ts"
import type { KeeperContext } from "./keeperMachine.ts"

/** How all children are now: told by their keepers, read and waited for by others. */
export interface StatusBoard<Out> {
  readonly look: (child: Child<Out>, keeperState: KeeperState, context: KeeperContext<Out>) => void
  readonly all: () => ReadonlyArray<ChildStatus<Out>>
  readonly waitFor: (
    wanted: (children: ReadonlyArray<ChildStatus<Out>>) => boolean,
  ) => Effect.Effect<ReadonlyArray<ChildStatus<Out>>>
}

type KeeperState = "running" | "restarting" | "ended" | "gaveUp" | "stopped"

interface Entry<Out> {
  readonly status: ChildStatus<Out>
  readonly failure: Failure | null
}

export const makeStatusBoard = <Out>(
  observe: (transition: Transition) => void,
  now: () => number,
): StatusBoard<Out> => {
  const entries = new Map<string, Entry<Out>>()
  const waiting = new Set<() => void>()
  let changes = 0

  const all = (): ReadonlyArray<ChildStatus<Out>> =>
    [...entries.values()].map(({ status }) => status)

  const changed = (seen: number): Effect.Effect<void> =>
    Effect.callback((resume) => {
      const wake = (): void => resume(Effect.void)
      if (changes !== seen) return wake()
      waiting.add(wake)
      return Effect.sync(() => waiting.delete(wake))
    })

  return {
    all,
    look: (child, keeperState, context) => {
      const inLife = keeperState === "running" || keeperState === "ended"
      const state = inLife ? context.state : keeperState
      if (state === null) return
      const { failure } = context
      const before = entries.get(child.name)
      // The same state for a new reason is a change too: it was left and come back to.
      const failed = failure !== null && failure !== before?.failure
      const moved = failed || state !== before?.status.state
      const status: ChildStatus<Out> = {
        name: child.name,
        kind: child.kind,
        state,
        since: moved || before === undefined ? now() : before.status.since,
        error: failure?.message ?? null,
        progress: context.progress,
        restarts: context.restarted.length,
        ended: keeperState === "ended" || keeperState === "gaveUp" || keeperState === "stopped",
        ...(context.ending?.how === "done" ? { output: context.ending.output } : {}),
      }
      entries.set(child.name, { status, failure })
      changes++
      const woken = [...waiting]
      waiting.clear()
      // Whoever waits goes on after the transition, not in the middle of it.
      queueMicrotask(() => {
        for (const wake of woken) wake()
      })
      if (moved) {
        const from = before?.status.state ?? null
        const error = failed ? { error: failure.message } : {}
        observe({ actor: child.name, from, to: state, ...error })
      }
    },
    waitFor: (wanted) =>
      Effect.gen(function* () {
        while (true) {
          const seen = changes
          const children = all()
          if (wanted(children)) return children
          yield* changed(seen)
        }
      }),
  }
}
