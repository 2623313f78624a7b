import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import type * as Scope from "effect/Scope"
import type { Supervisor } from "../../../actors/supervisor.ts"

const signal = "SIGUSR2"

/**
 * Opens on SIGUSR2. Until the scope closes, the signal no longer ends the process, so this comes
 * before anything that may take long.
 */
export const retrySignal: Effect.Effect<Latch.Latch, never, Scope.Scope> = Effect.gen(function* () {
  const asked = yield* Latch.make(false)
  const open = (): void => void asked.openUnsafe()
  yield* Effect.acquireRelease(
    Effect.sync(() => process.on(signal, open)),
    () => Effect.sync(() => process.off(signal, open)),
  )
  return asked
})

/** Retries whatever has failed, is quarantined or backs off, each time the latch opens. */
export const retryWhen = Effect.fnUntraced(function* (
  asked: Latch.Latch,
  supervisor: Supervisor,
): Effect.fn.Return<never> {
  while (true) {
    yield* asked.await
    yield* asked.close
    const names = supervisor
      .all()
      .flatMap(({ name }) => (supervisor.send(name, "retry") ? name : []))
    yield* Effect.logInfo(
      `${signal}: ${names.length === 0 ? "nothing" : names.join(", ")} to retry`,
    )
  }
})
