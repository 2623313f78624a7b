import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { catchUp } from "../readmodel/catchUp.ts"

/** Lets the read models take up what an operator has just said; says so where they cannot. */
export const takeUp = catchUp("stop").pipe(
  Effect.tapError(() =>
    Console.error("warning: it is in the log, but the read models cannot take it up:"),
  ),
)
