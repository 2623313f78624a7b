import { createActor } from "xstate"
import type { Child } from "./Child.ts"
import { classified, type FailureClass } from "./failure.ts"
import { unstarted } from "./LifeContext.ts"
import { advance, callsFor, lifeCycle, settle, theWork } from "./lifeCycle.ts"
import type { Work } from "./Signal.ts"

/**
 * The life of a projection. It is `booting` until its first signal, `catchingUp` while it is behind
 * and `live` when it is not. A poison event keeps it `quarantined` until it is told to `resume`.
 */
export const projectionMachine = lifeCycle<never>().createMachine({
  id: "projection",
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
          { guard: callsFor("goOn"), target: "running", reenter: true, actions: settle },
          { guard: callsFor("backOff"), target: "backingOff", actions: settle },
          { guard: callsFor("quarantine"), target: "quarantined", actions: settle },
          { target: "stopped", actions: settle },
        ],
      },
      on: { pause: "paused", progress: { actions: advance } },
      initial: "booting",
      states: {
        booting: {
          on: {
            progress: { target: "underWay", actions: advance },
            fellBehind: "underWay",
            caughtUp: "underWay.live",
          },
        },
        underWay: {
          after: { healthy: { actions: "recover" } },
          initial: "catchingUp",
          states: {
            catchingUp: { on: { caughtUp: "live" } },
            live: { on: { fellBehind: "catchingUp" } },
          },
        },
      },
    },
    paused: { on: { resume: { target: "running", actions: "recover" } } },
    backingOff: { after: { retry: "running" }, on: { pause: "paused" } },
    quarantined: { on: { resume: { target: "running", actions: "recover" } } },
    stopped: { type: "final" },
  },
})

/** A projection for the supervisor: `project` goes on for ever, or fails. */
export const projectionChild = <E extends { readonly message: string }>(projection: {
  readonly name: string
  readonly project: Work<never, E>
  readonly classify: (error: E) => FailureClass
}): Child<never> => ({
  name: projection.name,
  kind: "projection",
  create: ({ runner, clock }) =>
    createActor(projectionMachine, {
      input: { runner, work: classified(projection.project, projection.classify) },
      clock,
    }),
})
