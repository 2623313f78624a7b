import { createActor } from "xstate"
import type { Child } from "./Child.ts"
import { classified, type FailureClass } from "./failure.ts"
import { unstarted } from "./LifeContext.ts"
import { advance, callsFor, lifeCycle, settle, theWork } from "./lifeCycle.ts"
import type { Work } from "./Signal.ts"

/**
 * The life of the ingest of one source: it is `reading` from its first progress on, and `following`
 * once it has caught up with a source that may still grow. A source that is read once ends `done`.
 */
export const ingestMachine = <Out>() =>
  lifeCycle<Out>().createMachine({
    id: "ingest",
    context: ({ input }) => unstarted(input),
    output: ({ context }) => context.ending,
    initial: "running",
    on: { stop: { target: ".stopped", actions: "obey" } },
    states: {
      running: {
        invoke: {
          src: "work",
          input: theWork,
          onDone: [
            { guard: callsFor("finish"), target: "done", actions: settle },
            { guard: callsFor("backOff"), target: "backingOff", actions: settle },
            { target: "failed", actions: settle },
          ],
        },
        on: { progress: { actions: advance } },
        initial: "starting",
        states: {
          starting: {
            on: {
              progress: { target: "underWay", actions: advance },
              fellBehind: "underWay",
              caughtUp: "underWay.following",
            },
          },
          underWay: {
            after: { healthy: { actions: "recover" } },
            initial: "reading",
            states: {
              reading: { on: { caughtUp: "following" } },
              following: { on: { fellBehind: "reading" } },
            },
          },
        },
      },
      backingOff: { after: { retry: "running" } },
      done: { type: "final" },
      failed: { type: "final" },
      stopped: { type: "final" },
    },
  })

/**
 * The ingest of one source for the supervisor: `ingest` ends with its output, or goes on where the
 * source is followed. That another writer has the source is `fatal`: trying again would not help.
 */
export const ingestChild = <Out, E extends { readonly message: string }>(ingest: {
  readonly name: string
  readonly ingest: Work<Out, E>
  readonly classify: (error: E) => Extract<FailureClass, "retry" | "wait" | "fatal">
}): Child<Out> => ({
  name: ingest.name,
  kind: "ingest",
  create: ({ runner, clock }) =>
    createActor(ingestMachine<Out>(), {
      input: { runner, work: classified(ingest.ingest, ingest.classify) },
      clock,
    }),
})
