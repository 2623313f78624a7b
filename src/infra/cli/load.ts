import * as Effect from "effect/Effect"

/** Loads the code of a command only when the command runs, which keeps the others quick to start. */
export const load = <Module>(module: () => Promise<Module>): Effect.Effect<Module> =>
  Effect.promise(module)
