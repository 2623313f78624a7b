import type * as Effect from "effect/Effect"

/** Builds a projection anew. It is all or nothing: where it fails, what was there is still good. */
export type Rebuild = Effect.Effect<void, { readonly message: string }>

/** What an operator may tell an actor. What its state has no use for is ignored. */
export type Command =
  | { readonly type: "pause" }
  | { readonly type: "resume" }
  | { readonly type: "stop" }
  | { readonly type: "rebuild"; readonly run: Rebuild }
