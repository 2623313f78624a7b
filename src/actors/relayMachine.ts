import { createActor } from "xstate"
import type { Child } from "./Child.ts"
import { classified, type FailureClass } from "./failure.ts"
import { unstarted } from "./LifeContext.ts"
import { advance, callsFor, lifeCycle, settle, theWork } from "./lifeCycle.ts"
import type { Work } from "./Signal.ts"

/** The life of a relay, which appends to the log what waits in the outbox. */
export const relayMachine = lifeCycle<never>().createMachine({
  id: "relay",
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
          { guard: callsFor("backOff"), target: "backingOff", actions: settle },
          { target: "stopped", actions: settle },
        ],
      },
      on: { progress: { actions: advance } },
      after: { healthy: { actions: "recover" } },
    },
    backingOff: { after: { retry: "running" } },
    stopped: { type: "final" },
  },
})

/** A relay for the supervisor: `relay` goes on for ever, or fails. */
export const relayChild = <E extends { readonly message: string }>(relay: {
  readonly name: string
  readonly relay: Work<never, E>
  readonly classify: (error: E) => Extract<FailureClass, "retry" | "wait" | "fatal">
}): Child<never> => ({
  name: relay.name,
  kind: "relay",
  create: ({ runner, clock }) =>
    createActor(relayMachine, {
      input: { runner, work: classified(relay.relay, relay.classify) },
      clock,
    }),
})
