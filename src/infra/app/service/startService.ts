import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Child } from "../../../actors/Child.ts"
import type { Transition } from "../../../actors/statusRegistry.ts"
import { type Supervisor, startSupervisor } from "../../../actors/supervisor.ts"
import { registerProcess } from "../../processes/ProcessRegistry.ts"

/**
 * Starts the children of this process under a supervisor. Each change of state is logged with one
 * line and shown to other processes; all end, in order, with the scope.
 */
export const startService = Effect.fn("startService")(function* (
  data: string,
  command: string,
  children: ReadonlyArray<Child>,
  logLevel: "Info" | "Debug",
): Effect.fn.Return<Supervisor, never, Scope.Scope> {
  const run = Effect.runForkWith(yield* Effect.context<never>())
  const entry = yield* registerProcess(data, command, yield* Clock.currentTimeMillis)
  const supervisor: Supervisor = yield* startSupervisor({
    // Shown first: whoever reads the line finds the new state in the registry.
    observe: (transition) => run(Effect.andThen(show, log(transition, logLevel))),
  })
  const show = Effect.suspend(() =>
    entry.report(
      supervisor.all().map(({ name, state, since, error }) => ({
        name,
        state,
        since,
        ...(error === null ? {} : { error }),
      })),
    ),
  )
  for (const child of children) supervisor.add(child)
  return supervisor
})

// What goes wrong is always worth a line; the rest where somebody watches a service.
const log = (
  { actor, from, to, error }: Transition,
  level: "Info" | "Debug",
): Effect.Effect<void> => {
  const line = from === null ? `${actor}: ${to}` : `${actor}: ${from} -> ${to}`
  if (error !== undefined) return Effect.logWarning(`${line}: ${error}`)
  return level === "Info" ? Effect.logInfo(line) : Effect.logDebug(line)
}
