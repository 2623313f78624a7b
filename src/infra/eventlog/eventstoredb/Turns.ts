import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"

/** Lets one at a time do something with each of any number of names, in the order they come. */
export interface Turns {
  readonly take: <A, E, R>(name: string, work: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

export const makeTurns = (): Turns => {
  const queues = new Map<string, { readonly turn: Semaphore.Semaphore; waiting: number }>()
  return {
    take: (name, work) =>
      Effect.suspend(() => {
        const queue = queues.get(name) ?? { turn: Semaphore.makeUnsafe(1), waiting: 0 }
        queues.set(name, queue)
        queue.waiting++
        return Semaphore.withPermit(queue.turn, work).pipe(
          Effect.ensuring(
            Effect.sync(() => {
              if (--queue.waiting === 0) queues.delete(name)
            }),
          ),
        )
      }),
  }
}
